"""Leads with missing samples, and baselines between two values: what is told of them, in one piece and in any parts."""

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.reference_count import zero_crossings
from schemas.ecg import Lead, part
from schemas.insights import LeadResult
from stream_processor.insights.zero_crossings import ZeroCrossings
from stream_processor.measuring import measure, measure_part, merge_parts
from tests.unit.schemas.strategies import lead, leads, told_samples, with_gaps

INSIGHT = ZeroCrossings()
MARKER = -(2**15)


def of(one: Lead) -> LeadResult:
    (found,) = measure(INSIGHT, (one,)).leads
    return found


@given(leads(), st.data())
def test_any_parts_join_to_the_whole(whole: tuple[Lead, ...], data: st.DataObject) -> None:
    longest = max(len(one.signal) for one in whole)
    cuts = sorted(data.draw(st.lists(st.integers(0, longest), max_size=4)))
    bounds = list(zip([0, *cuts], [*cuts, longest], strict=True))
    parts = [measure_part(INSIGHT, [part(one, *bound) for one in whole]) for bound in bounds]
    assert merge_parts(INSIGHT, parts) == measure(INSIGHT, whole)


@given(leads())
def test_missing_samples_are_passed_over_and_counted(whole: tuple[Lead, ...]) -> None:
    for one, found in zip(whole, measure(INSIGHT, whole).leads, strict=True):
        samples = told_samples(one)
        assert found.value == zero_crossings(samples, one.baseline or 0)
        assert (found.number_of_samples, found.missing) == (len(samples), samples.count(None))
        assert ("missing_samples" in found.warnings) == (None in samples)
        assert ("possible_missing_samples" in found.warnings) == (MARKER in samples)


def test_a_gap_is_not_a_sample_of_0() -> None:
    one = lead("I", 2041, 0, 2060, 0, 2040, baseline=2048)
    assert of(with_gaps(one, [1, 3])).value == of(lead("I", 2041, 2060, 2040, baseline=2048)).value == 2


@pytest.mark.parametrize("samples", [(1, MARKER, -1), (40_000, MARKER)], ids=["int16", "int32"])
def test_the_least_value_of_int16_may_be_a_gap(samples: tuple[int, ...]) -> None:
    assert of(lead("I", *samples)).warnings == ["possible_missing_samples"]


@pytest.mark.parametrize("samples", [(1, MARKER + 1, -1), (40_000, MARKER - 1), ()])
def test_no_other_value_may(samples: tuple[int, ...]) -> None:
    assert of(lead("I", *samples)).warnings == []


def test_a_lead_without_gaps_is_told_as_ever() -> None:
    told = b'{"name":"I","number_of_samples":2,"baseline":0,"value":1,"warnings":[]}'
    assert msgspec.json.encode(of(lead("I", 1, -1))) == told


def test_a_lead_of_nothing_but_gaps() -> None:
    found = of(with_gaps(lead("I", 0, 0), [0, 1]))
    assert (found.value, found.missing, found.warnings) == (0, 2, ["missing_samples"])


def test_a_part_of_before_is_still_read() -> None:
    stored = b'[{"name":"I","number_of_samples":2,"baseline":0,"measure":{"count":1,"first":1,"last":-1}}]'
    assert merge_parts(INSIGHT, [stored]) == measure(INSIGHT, (lead("I", 1, -1),))
    assert measure_part(INSIGHT, (lead("I", 1, -1),)) == stored


def test_a_baseline_of_float_is_told_exactly() -> None:
    assert of(Lead("I", np.array([-1, 0], np.int16), baseline=-0.5)).baseline == -0.5
