"""The ISO weeks that what a device sent is divided by, the latest first. Pure."""

from query_api.cursors import Place
from schemas.stored import week_of

DAY_MICROS = 86_400 * 1_000_000
# What clocks of hosts may differ by: an ECG may have been accepted by one before its device was made by another.
CLOCKS_MICROS = DAY_MICROS
_WEEK_MICROS = 7 * DAY_MICROS
# The day of the week, from Monday as 0, on which the epoch begins.
_THURSDAY = 3
_WEEKS_AT_ONCE = 8
# Behind every ECG id in a list's order.
_AFTER_ALL_IDS = "~"


def some_weeks(since: int, last: int) -> tuple[list[str], Place | None]:
    """The weeks from that of `last` back to that of `since`, some of them, and where the others begin."""
    monday = _monday(last)
    there = max(0, (monday - _monday(since)) // _WEEK_MICROS + 1)
    found = min(there, _WEEKS_AT_ONCE)
    weeks = [week_of(monday - number * _WEEK_MICROS) for number in range(found)]
    later = None if found == there else Place(monday - (found - 1) * _WEEK_MICROS - 1, _AFTER_ALL_IDS)
    return weeks, later


def _monday(instant: int) -> int:
    """When the ISO week of an instant begins, in UTC."""
    day = instant // DAY_MICROS
    return (day - (day + _THURSDAY) % 7) * DAY_MICROS
