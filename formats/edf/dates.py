"""When an EDF recording began. EDF tells no time zone: its time is taken as UTC.

Source: https://www.edfplus.info/specs/edf.html and edfplus.html, 2.1.3.3.
"""

import re
from datetime import UTC, datetime

from formats.edf.header import Header
from schemas.problems import MalformedError
from schemas.times import to_micros

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_RECORDING = re.compile(r"Startdate (\d\d)-([A-Z]{3})-(\d{4})(?: |$)", re.IGNORECASE | re.ASCII)
_DAY = re.compile(r"(\d\d)[.:/-](\d\d)[.:/-](\d\d)", re.ASCII)
_DAY_OFFSET, _TIME_OFFSET = 168, 176
# Two digits of a year are of 1985 to 2084.
_CENTURY_TURNS = 85
# As it is written where nobody may know: the former by EDF+, the latter by who took the name off.
_NO_DAYS = frozenset({"01.01.85", "00.00.00"})


def began_at(header: Header, began: float) -> int | None:
    """The instant in µs since the epoch, `began` seconds after that in the header; None where none is told.

    Raises MalformedError for a date that is none.
    """
    told = _RECORDING.match(header.recording)
    if told is None and header.day in {*_NO_DAYS, ""}:
        return None
    if told is not None and told[2].upper() in _MONTHS:
        day, month, year = int(told[1]), 1 + _MONTHS.index(told[2].upper()), int(told[3])
    else:
        day, month, year = _three(header.day, "start date", _DAY_OFFSET)
        year += 1900 if year >= _CENTURY_TURNS else 2000
    hour, minute, second = _three(header.time, "start time", _TIME_OFFSET)
    try:
        instant = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        raise MalformedError(
            "the start date and time in the EDF header name no such instant", offset=_DAY_OFFSET
        ) from None
    return to_micros(instant) + round(began * 1_000_000)


def _three(text: str, name: str, offset: int) -> tuple[int, int, int]:
    found = _DAY.fullmatch(text)
    if found is None:
        raise MalformedError(f"the {name} in the EDF header is not of the form 31.12.26", offset=offset)
    first, second, third = found.groups()
    return int(first), int(second), int(third)
