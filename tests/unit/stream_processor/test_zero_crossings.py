"""`zero_crossings` against a plain-Python count of its definition, and the law that joins segments."""

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from harness.reference_count import zero_crossings
from schemas.ecg import SAMPLE_MAX, SAMPLE_MIN, Baseline, Samples, exact_baseline
from schemas.insights import ONE_SIDED_SIGNAL
from stream_processor.insights.zero_crossings import Crossings, ZeroCrossings

INSIGHT = ZeroCrossings()
INT16 = st.integers(-(2**15), 2**15 - 1)
INT32 = st.integers(SAMPLE_MIN, SAMPLE_MAX)
FEW_VALUES = st.sampled_from([-1, 0, 1])
SIGNALS = st.one_of(
    st.lists(FEW_VALUES, max_size=40).map(lambda samples: np.array(samples, dtype=np.int16)),
    st.lists(INT16, max_size=40).map(lambda samples: np.array(samples, dtype=np.int16)),
    st.lists(INT32, max_size=40).map(lambda samples: np.array(samples, dtype=np.int32)),
)
BASELINES = st.one_of(
    st.just(0), FEW_VALUES, INT16, INT32, st.sampled_from([-0.5, 0.5]), st.floats(SAMPLE_MIN, SAMPLE_MAX)
).map(exact_baseline)


@pytest.mark.parametrize(
    ("samples", "baseline", "expected"),
    [
        ([], 0, 0),
        ([5], 0, 0),
        ([0, 0, 0], 0, 0),
        ([1, -1], 0, 1),
        ([1, 0, 1], 0, 0),
        ([-1, 0, 1, -1], 0, 2),
        ([1, 0, 0, -1], 0, 1),
        ([0, 1, 0, -1, 0], 0, 1),
        ([200, -200, 200, -200], 0, 3),
        ([1024, 1030, 1000], 1024, 1),
        ([-32768, 32767, -32768], 0, 2),
        ([-1, 0, -1, 0], -0.5, 3),
        ([0, 1, 0, 1], 0.5, 3),
        ([-32768, -32767], -32767.5, 1),
    ],
)
def test_the_definition_s_own_table(samples: list[int], baseline: Baseline, expected: int) -> None:
    measured = INSIGHT.measure(np.array(samples, dtype=np.int16), baseline)
    assert INSIGHT.value(measured) == expected == zero_crossings(samples, baseline)


@given(SIGNALS, BASELINES)
def test_equals_the_plain_count(signal: NDArray[np.int16], baseline: Baseline) -> None:
    measured = INSIGHT.measure(signal, baseline)
    assert measured.count == zero_crossings(signal.tolist(), baseline)
    assert type(measured.count) is int


@pytest.mark.parametrize(
    "signal",
    [
        np.array([-(2**15), 2**15 - 1] * 50, dtype=np.int16),
        np.array([SAMPLE_MIN, SAMPLE_MAX] * 50, dtype=np.int32),
    ],
)
def test_extremes_do_not_overflow(signal: Samples) -> None:
    for baseline in (0, *signal.tolist()[:2], SAMPLE_MIN, SAMPLE_MAX):
        assert INSIGHT.measure(signal, baseline).count == zero_crossings(signal.tolist(), baseline)


@given(SIGNALS, st.integers(1, 5))
def test_takes_signals_that_are_not_contiguous(signal: NDArray[np.int16], step: int) -> None:
    for view in (signal[::step], signal[::-step]):
        assert INSIGHT.measure(view, 0).count == zero_crossings(view.tolist(), 0)


@given(SIGNALS)
def test_polarity_changes_nothing(signal: NDArray[np.int16]) -> None:
    # Bitwise not is -x - 1: the mirror image around -0.5, which int16 and int32 can hold.
    mirrored: NDArray[np.int16] = np.invert(signal)
    assert INSIGHT.measure(mirrored, -1).count == INSIGHT.measure(signal, 0).count


@given(SIGNALS, BASELINES, st.data())
def test_segments_join_to_the_whole(
    signal: NDArray[np.int16], baseline: Baseline, data: st.DataObject
) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(signal)), max_size=6)))
    bounds = zip([0, *cuts], [*cuts, len(signal)], strict=True)
    parts = [INSIGHT.measure(signal[start:stop], baseline) for start, stop in bounds]
    joined = parts[0]
    for part in parts[1:]:
        joined = INSIGHT.merge(joined, part)
    assert joined == INSIGHT.measure(signal, baseline)


@given(SIGNALS, SIGNALS, SIGNALS)
def test_merging_is_associative(
    one: NDArray[np.int16], two: NDArray[np.int16], three: NDArray[np.int16]
) -> None:
    a, b, c = (INSIGHT.measure(signal, 0) for signal in (one, two, three))
    assert INSIGHT.merge(INSIGHT.merge(a, b), c) == INSIGHT.merge(a, INSIGHT.merge(b, c))


@pytest.mark.parametrize(
    ("samples", "baseline", "warned"),
    [([], 0, False), ([0, 0], 0, False), ([900, 1100], 0, True), ([900, 1100], 1024, False), ([-3], 0, True)],
)
def test_warns_of_a_signal_on_one_side(samples: list[int], baseline: Baseline, *, warned: bool) -> None:
    measured = INSIGHT.measure(np.array(samples, dtype=np.int16), baseline)
    assert INSIGHT.warnings(measured) == ([ONE_SIDED_SIGNAL] if warned else [])


def test_a_measure_survives_json() -> None:
    measured = Crossings(count=3, first=-1, last=1)
    assert msgspec.json.decode(msgspec.json.encode(measured), type=INSIGHT.measure_type) == measured
