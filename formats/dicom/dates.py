"""When a DICOM ECG was acquired: in one element or in two, to whatever precision, its time zone in it or in a third.

Source: DICOM PS3.5, 6.2 (DA, DT, TM), with the separators of before 1993, and PS3.3, C.12.1 for the time zone.
"""

import re
from datetime import UTC, datetime, timedelta, timezone

from formats.dicom.elements import DataSet, text_of
from formats.dicom.tags import Tag, called
from schemas.problems import MalformedError
from schemas.times import to_micros

_TIME = r"(?:(\d\d)(?::?(\d\d)(?::?(\d\d)(?:\.(\d{1,6}))?)?)?)?"
_DATE_TIME = re.compile(rf"(\d{{4}})\.?(\d\d)\.?(\d\d){_TIME}([+-]\d{{4}})?", re.ASCII)
_ZONE = re.compile(r"([+-])(\d\d)([0-5]\d)", re.ASCII)
# In what is recorded of the acquisition itself first: the content may have been made of it later.
_APART = (
    (Tag.ACQUISITION_DATE, Tag.ACQUISITION_TIME),
    (Tag.CONTENT_DATE, Tag.CONTENT_TIME),
)


def acquired_at(file: DataSet) -> int | None:
    """The instant in µs since the epoch, a day without a time its beginning; None where the file tells none.

    Of what names no time zone the file's own holds, else UTC. Raises MalformedError for a date that is none.
    """
    text = text_of(file, Tag.ACQUISITION_DATETIME)
    if text is not None:
        return _instant(file, Tag.ACQUISITION_DATETIME, text)
    for date, time in _APART:
        day = text_of(file, date)
        if day is not None:
            return _instant(file, date, day + (text_of(file, time) or ""))
    return None


def _instant(file: DataSet, tag: Tag, text: str) -> int:
    found = _DATE_TIME.fullmatch(text)
    offset = file.elements[tag].offset
    if found is None:
        raise MalformedError(f"{called(tag)} is no date to the day, with or without a time", offset=offset)
    year, month, day, hour, minute, second, fraction, zone = found.groups(default="")
    zone = zone or text_of(file, Tag.TIMEZONE_OFFSET_FROM_UTC) or "+0000"
    try:
        midnight = datetime(int(year), int(month), int(day), tzinfo=_zone(zone))
        # Second 60 is a leap second.
        if int(hour or 0) > 23 or int(minute or 0) > 59 or int(second or 0) > 60:
            raise ValueError
        passed = timedelta(hours=int(hour or 0), minutes=int(minute or 0), seconds=int(second or 0))
        instant = (midnight + passed).astimezone(UTC)
    except (ValueError, OverflowError):
        raise MalformedError(
            f"{called(tag)}, or its time zone, names no such instant", offset=offset
        ) from None
    return to_micros(instant) + int(fraction.ljust(6, "0") or 0)


def _zone(text: str) -> timezone:
    found = _ZONE.fullmatch(text)
    if found is None:
        raise ValueError("no time zone")
    sign, hours, minutes = found.groups()
    return timezone((-1 if sign == "-" else 1) * timedelta(hours=int(hours), minutes=int(minutes)))
