"""Every good upload is decoded to what was meant, however its JSON is laid out."""

import json
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.checks import check_segments
from formats.json.decoding import Decoder
from formats.rules import TEXT_PATTERN
from schemas.ecg import SAMPLE_MAX, SAMPLE_MIN, Ecg, Lead
from schemas.problems import InvalidError
from schemas.times import parse_rfc3339
from tests.unit.formats.limits import LIMITS
from tests.unit.schemas.strategies import told_samples

decoder = Decoder(LIMITS)

SAMPLES = st.lists(
    st.none()
    | st.integers(SAMPLE_MIN, SAMPLE_MAX)
    | st.integers(-300, 300)
    | st.sampled_from([SAMPLE_MIN, SAMPLE_MAX, -32_768, -32_769, 32_767, 32_768, 0]),
    max_size=40,
)
TEXT = st.text(st.characters(exclude_categories=["Cc", "Cf", "Cs"]), min_size=1, max_size=32).filter(
    re.compile(TEXT_PATTERN).fullmatch
)
FLOATS = st.floats(1e-300, 1e300) | st.integers(1, 10**6)
CALIBRATION: dict[str, st.SearchStrategy[Any]] = {
    "adc_gain": FLOATS,
    "baseline": st.integers(SAMPLE_MIN, SAMPLE_MAX) | st.floats(SAMPLE_MIN, SAMPLE_MAX),
    "units": TEXT,
}
LEADS = st.lists(
    st.fixed_dictionaries({"name": TEXT, "signal": SAMPLES}, optional=CALIBRATION),
    min_size=1,
    max_size=LIMITS.leads,
    unique_by=lambda lead: lead["name"],
)
UPLOADS = st.fixed_dictionaries(
    {"leads": LEADS},
    optional={
        "id": st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}", fullmatch=True),
        "date": st.just("2026-01-02T03:04:05.678+01:00"),
        "sampling_frequency": FLOATS,
        **CALIBRATION,
    },
)
LAYOUTS = st.fixed_dictionaries(
    {
        "separators": st.sampled_from([(",", ":"), (", ", ": "), (" ,\r\n", " :\t")]),
        "indent": st.none() | st.integers(0, 2),
        "ensure_ascii": st.booleans(),
        "sort_keys": st.booleans(),
    }
)


@given(UPLOADS, LAYOUTS, st.booleans())
def test_an_upload_is_decoded_to_what_json_says(sent: Any, layout: dict[str, Any], counted: bool) -> None:
    if counted:
        for lead in sent["leads"]:
            lead["number_of_samples"] = len(lead["signal"])
    found = decoder.decode(json.dumps(sent, **layout).encode())

    assert found.id == sent.get("id")
    assert found.ecg.date == (parse_rfc3339(sent["date"]) if "date" in sent else None)
    assert found.ecg.sampling_frequency == sent.get("sampling_frequency")
    assert len(found.ecg.leads) == len(sent["leads"])
    for lead, meant in zip(found.ecg.leads, sent["leads"], strict=True):
        assert lead.name == meant["name"]
        assert told_samples(lead) == meant["signal"]
        narrow = all(-32_768 <= sample <= 32_767 for sample in meant["signal"] if sample is not None)
        assert lead.signal.dtype == (np.int16 if narrow else np.int32)
        for member in CALIBRATION:
            assert getattr(lead, member) == meant.get(member, sent.get(member))


@pytest.mark.parametrize("signal", ["[]", "[ ]", "[\n]", "[-0]", "[ 7 ]"])
def test_odd_but_valid_signals_are_taken(signal: str) -> None:
    found = decoder.decode(f'{{"leads":[{{"name":"I","signal":{signal}}}]}}'.encode())
    assert found.ecg.leads[0].signal.tolist() == json.loads(signal)


def test_a_signal_as_long_as_the_limit_is_taken() -> None:
    samples = ",".join(["1"] * LIMITS.samples_per_lead)
    found = decoder.decode(f'{{"leads":[{{"name":"I","signal":[{samples}]}}]}}'.encode())
    assert len(found.ecg.leads[0].signal) == LIMITS.samples_per_lead


def test_a_recording_of_too_many_segments_is_refused() -> None:
    decoder_of_short = Decoder(LIMITS.__class__(8, 2_000_000, 64, 32, segments=2))
    samples = ",".join(["1"] * 1_200_000)
    with pytest.raises(InvalidError) as refused:
        decoder_of_short.decode(f'{{"leads":[{{"name":"I","signal":[{samples}]}}]}}'.encode())
    assert refused.value.errors[0].pointer == "/leads"


@pytest.mark.parametrize(
    ("sent", "held"), [("3.0", 3), ("-0.0", 0), ("-0", 0), ("1e3", 1000), ("-0.5", -0.5)]
)
def test_a_whole_baseline_is_an_integer(sent: str, held: float) -> None:
    (lead,) = decoder.decode(f'{{"leads":[{{"name":"I","signal":[],"baseline":{sent}}}]}}'.encode()).ecg.leads
    assert str(lead.baseline) == str(held)


def test_names_that_do_not_fit_an_event_are_told() -> None:
    names = [f"{number:04}" + "n" * 2_000 for number in range(600)]
    ecg = Ecg(tuple(Lead(name, np.empty(0, np.int16)) for name in names))
    with pytest.raises(InvalidError) as refused:
        check_segments(ecg, LIMITS)
    assert refused.value.errors[0].pointer == "/leads"
