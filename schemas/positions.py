"""Positions: the order of uploads, as one 64-bit integer that no clock has a part in.

All upload events of an ECG lie in one partition of one topic, so they have an order that nobody disputes: that of the
log. The *position* of an event is its offset there, behind the *incarnation* of that log, a number from 1 that grows
each time the log of a partition begins anew. It is the clustering key of what is stored because of the event, and the
timestamp of every cell of it: worked through again, whenever and by whomever, the event writes the same cells.
"""

# Centuries of uploads to one partition, and eight million incarnations of it.
OFFSETS = 2**40
# Rows were ordered by microseconds since the epoch before they had positions. Those rows come first: this is 2041.
_AFTER_INSTANTS = 2**51

# In the place of a position: what a part of a recording has, until the recording is whole and has its own.
NO_POSITION = 0


def position_of(incarnation: int, offset: int) -> int:
    """The position of the event at this offset of this incarnation of its log."""
    return _AFTER_INSTANTS + incarnation * OFFSETS + offset
