"""Files of the kinds that failed in the field, each with what is right: the zero crossings of its leads, by name."""

import pytest

from formats.decoders import UNTOLD, decoders
from formats.rules import Limits
from harness.recordings import case
from harness.reference_count import zero_crossings
from schemas.problems import InvalidError, MalformedError, Problem
from schemas.times import parse_rfc3339
from tests.unit.schemas.strategies import told_samples

TWELVE = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
LIMITS = Limits(leads=12, samples_per_lead=1_000, name_characters=64, units_characters=32, segments=1)
decode = decoders(LIMITS)[UNTOLD]


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("01_median_first.dcm", dict(zip(TWELVE, range(6, 30, 2), strict=True))),
        ("07_half_unit_baseline.dcm", {"I": 12}),
        ("08a_names_plain_and_dirty.dcm", {"I": 2, "II": 4, "V1": 5, "aVR": 7, "V2": 9}),
        ("08d_names_of_cid_3001.dcm", {"I": 2, "aVR": 4, "aVL": 5, "aVF": 7}),
        ("10_no_preamble.dcm", {"I": 4}),
        ("28a_holter.edf", {"II": 4}),
        ("14c_float_whole.json", {"I": 2}),
        ("16b_gap_as_null.json", {"I": 5}),
        ("18d_fixed_size_list.arrow", {"I": 3, "II": 5}),
        ("18f_polars_default.arrow", {"I": 2, "II": 2}),
        ("18j_pandas_default.arrow", {"I": 2, "II": 2}),
    ],
)
def test_a_file_is_counted_right(name: str, right: dict[str, int]) -> None:
    ecg = decode(case(name)).ecg
    assert {one.name: zero_crossings(told_samples(one), one.baseline or 0) for one in ecg.leads} == right


def test_who_sends_physical_values_is_told_what_to_send() -> None:
    with pytest.raises(InvalidError) as caught:
        decode(case("14b_float_microvolts.json"))
    assert {error.detail.partition("; ")[2] for error in caught.value.errors} == {
        "of a physical value send round(value * adc_gain + baseline), and these two beside the signal"
    }


@pytest.mark.parametrize(
    ("name", "instant"),
    [
        ("09a_timezone_tag.dcm", "2025-07-14T07:30:05Z"),
        ("09c_date_and_time_apart.dcm", "2025-07-14T09:30:05Z"),
    ],
)
def test_the_date_is_the_acquisitions(name: str, instant: str) -> None:
    assert decode(case(name)).ecg.date == parse_rfc3339(instant)


@pytest.mark.parametrize(
    ("name", "problem", "said"),
    [
        ("03_mulaw_8bit.dcm", InvalidError, "must not hold samples in µ-law or A-law"),
        ("11_sensitivity_zero.dcm", MalformedError, "Channel Sensitivity (003A,0210) of channel 1 is 0"),
        ("30_BytesLengthException.dcm", MalformedError, "claims more bytes than there are"),
    ],
)
def test_what_is_no_ecg_is_told_in_words_of_its_format(name: str, problem: type[Problem], said: str) -> None:
    with pytest.raises(problem) as caught:
        decode(case(name))
    assert said in str(caught.value.members())
