"""What an ECG is: leads of integer samples, and what is known about how they were recorded.

Source of the terms: the WFDB header format, https://physionet.org/physiotools/wag/header-5.htm.
"""

import dataclasses
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16] | NDArray[np.int32]
Missing = NDArray[np.bool_]
# An int where it is whole: see `exact_baseline`.
Baseline = int | float

SAMPLE_MIN = -(2**31)
SAMPLE_MAX = 2**31 - 1
_INT16_MIN, _INT16_MAX = -(2**15), 2**15 - 1


@dataclass(frozen=True, slots=True)
class Lead:
    """One lead.

    `signal`: shape ``(n,)``, int16 or int32, ADC values in order of time; n may be 0 and may differ between leads.
    `adc_gain`: ADC units per physical unit (per mV unless `units` says otherwise). `baseline`: ADC value of 0 mV, which
    may lie between two. `missing`: shape ``(n,)``, true where the sender has no sample, and the signal is 0 there; None
    where nothing is missing, which costs nothing.
    """

    name: str
    signal: Samples
    adc_gain: float | None = None
    baseline: Baseline | None = None
    units: str | None = None
    missing: Missing | None = None


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


def part(lead: Lead, start: int, stop: int) -> Lead:
    """The lead of these samples alone."""
    missing = None if lead.missing is None else where_any(lead.missing[start:stop])
    return dataclasses.replace(lead, signal=lead.signal[start:stop], missing=missing)


def where_any(missing: Missing) -> Missing | None:
    """The same, as a lead has it."""
    return missing if missing.any() else None


def exact_baseline(value: Baseline) -> Baseline:
    """The same number in its one form: an int where it is whole, so that 3.0 is 3 and -0.0 is 0.

    Raises ValueError where it is no number within int32.
    """
    if not SAMPLE_MIN <= value <= SAMPLE_MAX:
        raise ValueError("a baseline is a number within int32")
    if isinstance(value, int):
        return value
    return int(value) if value == int(value) else float(value)


def narrowest(signal: NDArray[np.integer[Any]]) -> Samples:
    """The same samples as int16 where all of them fit, else as int32, where they must. Shape is kept."""
    if signal.dtype == np.int16:
        return cast("Samples", signal)
    # Where the least stands is found in less than half the time of the least itself, at the length of a lead.
    if signal.size == 0 or (
        signal.item(signal.argmin()) >= _INT16_MIN and signal.item(signal.argmax()) <= _INT16_MAX
    ):
        return signal.astype(np.int16, copy=False)
    return signal.astype(np.int32, copy=False)
