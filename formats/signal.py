"""A signal as a body gave it, and what its samples may be."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from schemas.ecg import SAMPLE_MAX, SAMPLE_MIN, Missing, Samples, narrowest

SAMPLE_RULE = (
    f"must be an integer from {SAMPLE_MIN} to {SAMPLE_MAX}, or null where it is missing; of a physical value send"
    " round(value * adc_gain + baseline), and these two beside the signal"
)


@dataclass(slots=True)
class Signal:
    """The samples of a lead, as narrow as they are, and where one is missing; see `schemas.ecg.Lead`."""

    samples: Samples
    missing: Missing | None = None

    def __len__(self) -> int:
        return len(self.samples)


def are_samples(values: NDArray[np.number[Any]]) -> NDArray[np.bool_]:
    """Of each number whether it is a sample: whole, also where it is written as a float, and within int32."""
    # No float is rounded in a comparison with these two, and NaN is neither.
    within = (values >= SAMPLE_MIN) & (values <= SAMPLE_MAX)
    return within if values.dtype.kind in "iu" else within & (np.trunc(values) == values)


def as_samples(values: NDArray[np.integer[Any]]) -> Samples:
    """Samples as a lead has them: in this machine's order, one behind the other, and as narrow as they are."""
    return narrowest(np.ascontiguousarray(values.astype(values.dtype.newbyteorder("="), copy=False)))


def of_24_bits(three: NDArray[np.uint8]) -> NDArray[np.int32]:
    """The samples of three bytes each, the lowest first, in the last axis: one behind the other."""
    # In the upper three bytes of four, and then moved down with their sign: nothing else is needed meanwhile.
    four = np.zeros((*three.shape[:-1], 4), np.uint8)
    four[..., 1:] = three
    wide = four.reshape(-1).view("<i4")
    wide >>= 8
    return wide
