"""Long recordings in pieces: split by time, so that every event stays within a topic's limit.

Every segment names every lead; a lead that has ended contributes an empty signal. Joined in order, the signals
are those of the whole.
"""

from collections.abc import Iterator

from schemas.ecg import Ecg, Lead, part
from schemas.uploaded import MAX_VALUE_BYTES

# The Arrow stream's own schema and framing.
_FIXED_BYTES = 4_096
# A lead's row without its samples: offsets, gain, baseline, validity bits and alignment, and the text fields' slack.
_ROW_BYTES = 192


def count(ecg: Ecg) -> int:
    """How many segments `split` would give. Raises ValueError as it does."""
    return max(1, -(-_longest(ecg) // _samples_per_lead(ecg)))


def split(ecg: Ecg) -> list[tuple[Lead, ...]]:
    """The leads of each segment, in order of time; one segment when everything fits in one event.

    Raises ValueError when the leads' names alone do not fit.
    """
    longest = _longest(ecg)
    step = _samples_per_lead(ecg)
    if longest <= step:
        return [ecg.leads]
    return list(_windows(ecg, longest, step))


def _longest(ecg: Ecg) -> int:
    return max((len(lead.signal) for lead in ecg.leads), default=0)


def _samples_per_lead(ecg: Ecg) -> int:
    rows = sum(_ROW_BYTES + len(lead.name.encode()) + len((lead.units or "").encode()) for lead in ecg.leads)
    # Of all leads the width of the widest, and a bit for each sample where any is missing.
    bits = 8 * max((lead.signal.itemsize for lead in ecg.leads), default=1)
    bits += any(lead.missing is not None for lead in ecg.leads)
    step = 8 * (MAX_VALUE_BYTES - _FIXED_BYTES - rows) // (bits * max(len(ecg.leads), 1))
    if step < 1:
        raise ValueError("the leads' names alone are larger than an event")
    return step


def _windows(ecg: Ecg, longest: int, step: int) -> Iterator[tuple[Lead, ...]]:
    for start in range(0, longest, step):
        yield tuple(part(lead, start, start + step) for lead in ecg.leads)
