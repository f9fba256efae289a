"""What an insight is: something measured of each lead, in parts where the recording came in parts."""

from typing import Protocol, TypeVar

import msgspec

from schemas.ecg import Baseline, Samples

Measure = TypeVar("Measure", bound=msgspec.Struct)


class Insight(Protocol[Measure]):
    """One insight. Pure: no clock, no engine, no state between calls.

    For any split of a signal in two, ``merge(measure(left), measure(right)) == measure(whole)``, and merging
    is associative: segments are measured apart, in any order, and joined exactly.
    """

    name: str
    version: int
    measure_type: type[Measure]

    def measure(self, signal: Samples, baseline: Baseline) -> Measure:
        """Measure `signal`, shape ``(n,)``, n >= 0, ADC values, against `baseline`, the ADC value of 0 mV.

        Samples that are missing are not in the signal. The baseline is an int where it is whole.
        """

    def merge(self, earlier: Measure, later: Measure) -> Measure:
        """The measure of two signals, one after the other."""

    def value(self, measure: Measure) -> int:
        """The answer for the whole lead."""

    def warnings(self, measure: Measure) -> list[str]:
        """What a reader of the answer should know about the signal."""
