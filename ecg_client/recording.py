"""What can be uploaded: a `Recording`, a mapping of the same shape as the API's JSON, or the body itself as bytes.

Samples are integers, as a list or a numpy array. One that is missing is None, or masked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

Signal = Sequence[int | None] | NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """One lead. `signal`: shape ``(n,)``, ADC values in order of time; it stays out of every representation.

    `adc_gain`: ADC units per mV (or per `units`). `baseline`: ADC value of 0 mV, which may lie between
    two.
    """

    name: str
    signal: Signal = field(repr=False)
    adc_gain: float | None = None
    baseline: int | float | None = None
    units: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """An ECG. `date`: when it was recorded, with a time zone. `sampling_frequency`: Hz."""

    leads: Sequence[Lead]
    id: str | None = None
    date: datetime | None = None
    sampling_frequency: float | None = None


Uploadable = Recording | Mapping[str, Any] | bytes
