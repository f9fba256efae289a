"""What an ECG is: leads of integer samples, and what is known about how they were recorded.

Source of the terms: the WFDB header format, https://physionet.org/physiotools/wag/header-5.htm.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16] | NDArray[np.int32]

SAMPLE_MIN = -(2**31)
SAMPLE_MAX = 2**31 - 1
_INT16_MIN, _INT16_MAX = -(2**15), 2**15 - 1


@dataclass(frozen=True, slots=True)
class Lead:
    """One lead.

    `signal`: shape ``(n,)``, int16 or int32, ADC values in order of time; n may be 0 and may differ between leads.
    `adc_gain`: ADC units per physical unit (per mV unless `units` says otherwise). `baseline`: ADC value of 0 mV.
    """

    name: str
    signal: Samples
    adc_gain: float | None = None
    baseline: int | None = None
    units: str | None = None


@dataclass(frozen=True, slots=True)
class Ecg:
    """A recording as its sender described it. `date`: when it was recorded, in µs since the epoch, if given.

    `sampling_frequency`: samples per second of every lead, in Hz, if given.
    """

    leads: tuple[Lead, ...]
    date: int | None = None
    sampling_frequency: float | None = None

    @property
    def number_of_samples(self) -> int:
        """Samples of all leads together."""
        return sum(len(lead.signal) for lead in self.leads)


def narrowest(signal: NDArray[np.integer[Any]]) -> Samples:
    """The same samples as int16 where all of them fit, else as int32, where they must. Shape is kept."""
    # The ufuncs themselves: the array's methods are as much again around them at the length of a lead.
    if signal.size == 0 or (
        np.minimum.reduce(signal, axis=None) >= _INT16_MIN
        and np.maximum.reduce(signal, axis=None) <= _INT16_MAX
    ):
        return signal.astype(np.int16, copy=False)
    return signal.astype(np.int32, copy=False)
