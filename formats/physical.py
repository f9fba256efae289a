"""The size and the zero of samples, exactly as a file has them: what is whole must not come out beside it."""

import math
import re
from dataclasses import dataclass
from fractions import Fraction

from schemas.ecg import Baseline, exact_baseline

_DECIMAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_MILLIVOLTS = {"nV": Fraction(1, 10**6), "uV": Fraction(1, 1000), "mV": Fraction(1), "V": Fraction(1000)}
_MICRO = str.maketrans({"\N{MICRO SIGN}": "u", "\N{GREEK SMALL LETTER MU}": "u"})


@dataclass(frozen=True, slots=True)
class Calibration:
    """As a lead has it: `gain` in ADC units per mV, or per one of `units`."""

    gain: float | None
    baseline: Baseline
    units: str | None


def exact(text: str) -> Fraction:
    """A decimal number exactly as its digits have it. Raises ValueError where it is none."""
    value = float(text) if _DECIMAL.fullmatch(text) else math.nan
    if not math.isfinite(value):
        raise ValueError("no decimal number")
    # By way of the float, whose exponent is bounded.
    return Fraction(repr(value))


def calibration(step: Fraction, zero: Fraction, unit: str) -> Calibration:
    """Of an ADC unit that is `step` of `unit`, not 0, and of the ADC value of 0 mV.

    Without a unit nothing is told of the size. Raises ValueError for a zero beyond 32 bits, or a size beyond any float.
    """
    unit = unit.translate(_MICRO)
    millivolts = _MILLIVOLTS.get(unit)
    try:
        gain = float(1 / (step * (millivolts or 1)))
        baseline = exact_baseline(float(zero))
    except OverflowError:
        raise ValueError("beyond any number") from None
    if not gain:
        raise ValueError("beyond any number")
    return Calibration(gain if unit else None, baseline, unit if unit and not millivolts else None)
