"""How often a lead crosses its baseline, `zero_crossings` version 1.

The number of sign changes between consecutive non-zero samples of (sample - baseline). A crossing that passes
through zero counts once; touching zero and turning back counts nothing; inverting the polarity changes
nothing. A missing sample is passed over as a zero is.
"""

import math

import msgspec
import numpy as np

from schemas.ecg import Baseline, Samples
from schemas.insights import ONE_SIDED_SIGNAL


class Crossings(msgspec.Struct, frozen=True):
    """The crossings of a stretch of signal, and what is needed to join it with the next.

    `first`, `last`: the sign of its first and last non-zero sample, -1 or 1, both 0 where there is none.
    """

    count: int
    first: int
    last: int


_NONE = Crossings(count=0, first=0, last=0)


class ZeroCrossings:
    """The insight `zero_crossings`, version 1."""

    name = "zero_crossings"
    version = 1
    measure_type = Crossings

    def measure(self, signal: Samples, baseline: Baseline) -> Crossings:
        """Count the crossings of `signal`, shape ``(n,)``, int16 or int32, contiguous or not.

        Samples are compared, never multiplied or subtracted: both would overflow.
        """
        if isinstance(baseline, float):
            # Between two integers: no sample is on it, and those above it are above the integer below.
            above = signal > math.floor(baseline)
        else:
            above = signal > baseline
            off_baseline = signal != baseline
            # Counted, which is faster than `all()`.
            if np.count_nonzero(off_baseline) != off_baseline.size:
                above = above[off_baseline]
        if above.size == 0:
            return _NONE
        return Crossings(
            count=int(np.count_nonzero(above[1:] != above[:-1])),
            first=1 if above[0] else -1,
            last=1 if above[-1] else -1,
        )

    def merge(self, earlier: Crossings, later: Crossings) -> Crossings:
        """The crossings of `earlier` followed by `later`; `_NONE` is neutral, and merging is associative."""
        if earlier.first == 0:
            return later
        if later.first == 0:
            return earlier
        between = int(earlier.last != later.first)
        return Crossings(earlier.count + between + later.count, earlier.first, later.last)

    def value(self, measure: Crossings) -> int:
        """The number of crossings."""
        return measure.count

    def warnings(self, measure: Crossings) -> list[str]:
        """`one_sided_signal` where samples leave the baseline to one side only.

        An unsigned ADC that was sent without its baseline looks like that, and would read 0 for ever.
        """
        return [ONE_SIDED_SIGNAL] if measure.first != 0 and measure.count == 0 else []
