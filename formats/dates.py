"""When an ECG was recorded, as its sender writes it."""

import re

from schemas.times import parse_rfc3339

DATE_RULE = "must be like 2026-11-23T08:30:00Z or 2026-11-23T09:30:00.5+01:00"
# As Python, Swift and Java write an instant unless they are told otherwise: RFC 3339 but for blanks and colons.
_USUAL = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d)(?::(\d\d(?:[.,]\d{1,9})?))? ?(?:([Zz])|([+-]\d\d):?(\d\d)?)", re.ASCII
)


def parse_date(text: str) -> int:
    """Microseconds of an instant with its offset from UTC. Raises ValueError where it is none, or has no offset."""
    found = _USUAL.fullmatch(text)
    if found is None:
        raise ValueError("not a date and a time with an offset from UTC")
    day, minutes, seconds, utc, hours, rest = found.groups()
    zone = utc or f"{hours}:{rest or '00'}"
    return parse_rfc3339(f"{day}T{minutes}:{(seconds or '00').replace(',', '.')}{zone}")
