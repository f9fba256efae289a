"""What the rows of an ECG mean, for the one service that writes them and the one that reads them.

The columns are in the table definitions; here is what both must say alike to find each other's rows.
"""

from schemas.times import to_datetime

# In the place of a segment's number: the row of the whole recording. Segments count from 0.
WHOLE = -1
COMPUTED, REJECTED, PARTIAL = "computed", "rejected", "partial"


def month_of(date: int) -> str:
    """The month of an instant, in µs since the epoch, as ``2026-11`` in UTC: by it an owner's list is divided."""
    return to_datetime(date).isoformat()[:7]


def week_of(received_at: int) -> str:
    """The ISO week of an instant, in µs since the epoch, as ``2026-W48`` in UTC: it divides an owner's arrivals."""
    return to_datetime(received_at).strftime("%G-W%V")
