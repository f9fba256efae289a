"""Instants as integers: microseconds since 1970-01-01T00:00:00Z, and their RFC 3339 text.

Integers compare, sort and travel through Kafka headers and Cassandra write timestamps without rounding.
"""

import re
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_IN_UTC = _EPOCH.replace(tzinfo=None)
_MICROSECOND = timedelta(microseconds=1)
# Every instant that RFC 3339 can write: the years 1 to 9999.
INSTANTS_MICROS = range(-62_135_596_800_000_000, 253_402_300_800_000_000)
_RFC3339 = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)", re.ASCII
)


def parse_rfc3339(text: str) -> int:
    """Microseconds of an RFC 3339 date-time with an offset; digits past the microsecond are cut.

    Raises ValueError when `text` is not one or names a day or time that does not exist.
    """
    if _RFC3339.fullmatch(text) is None:
        raise ValueError("not an RFC 3339 date-time with an offset")
    try:
        return to_micros(datetime.fromisoformat(text.upper()))
    except (ValueError, OverflowError):
        raise ValueError("no such date or time") from None


def format_rfc3339(micros: int) -> str:
    """RFC 3339 text in UTC, with six digits of fraction only where there is one."""
    # Without a time zone: a list's page writes a hundred of these, and asking the zone is most of the work.
    return (_EPOCH_IN_UTC + timedelta(microseconds=micros)).isoformat() + "Z"


def to_datetime(micros: int) -> datetime:
    """The instant as an aware datetime in UTC. Raises OverflowError outside the years 1 to 9999."""
    return _EPOCH + timedelta(microseconds=micros)


def to_micros(instant: datetime) -> int:
    """Microseconds since the epoch of an aware datetime."""
    return (instant - _EPOCH) // _MICROSECOND
