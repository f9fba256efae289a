"""Files of the kinds that failed in the field, each with what is right: the zero crossings of its leads, by name."""

import pytest

from formats.decoders import JSON, decoders
from harness.recordings import case
from harness.reference_count import zero_crossings
from schemas.arrow import CONTENT_TYPE as ARROW
from schemas.problems import InvalidError
from tests.unit.formats.limits import LIMITS
from tests.unit.schemas.strategies import told_samples

DECODERS = decoders(LIMITS)


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("14c_float_whole.json", {"I": 2}),
        ("16b_gap_as_null.json", {"I": 5}),
        ("18d_fixed_size_list.arrow", {"I": 3, "II": 5}),
        ("18f_polars_default.arrow", {"I": 2, "II": 2}),
        ("18j_pandas_default.arrow", {"I": 2, "II": 2}),
    ],
)
def test_a_file_is_counted_right(name: str, right: dict[str, int]) -> None:
    ecg = DECODERS[ARROW if name.endswith(".arrow") else JSON](case(name)).ecg
    assert {one.name: zero_crossings(told_samples(one), one.baseline or 0) for one in ecg.leads} == right


def test_who_sends_physical_values_is_told_what_to_send() -> None:
    with pytest.raises(InvalidError) as caught:
        DECODERS[JSON](case("14b_float_microvolts.json"))
    assert {error.detail.partition("; ")[2] for error in caught.value.errors} == {
        "of a physical value send round(value * adc_gain + baseline), and these two beside the signal"
    }
