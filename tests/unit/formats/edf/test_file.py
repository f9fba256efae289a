"""The ECG in an EDF or BDF file is what was written there; what is no ECG is told by its field and its byte."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.edf.file import read
from formats.edf.records import _MAX_MISSING
from harness.edf_files import File, Signal
from schemas.content_hash import content_hash
from schemas.ecg import Ecg
from schemas.problems import InvalidError, MalformedError
from schemas.times import format_rfc3339
from tests.unit.schemas.strategies import told_samples

ONE = Signal([1, -2, 300, 4])
WHOLE = File(
    [ONE, Signal([5, 6, 7, 8], "ECG II")], records=2, onsets=["+0", "+1"], reserved="EDF+C"
).to_bytes()


def ecg_of(file: File) -> Ecg:
    return read(file.to_bytes()).ecg


@given(st.integers(1, 4), st.booleans(), st.data())
def test_samples_are_those_that_were_written(records: int, bdf: bool, data: st.DataObject) -> None:
    most = 2**23 if bdf else 2**15
    samples = st.lists(st.integers(-most, most - 1), min_size=3 * records, max_size=3 * records)
    first, second = data.draw(samples), data.draw(samples)
    ecg = ecg_of(File([Signal(first), Signal(second, "Resp")], records=records, bdf=bdf))
    assert [(one.name, one.signal.tolist()) for one in ecg.leads] == [("I", first), ("Resp", second)]
    assert ecg.sampling_frequency == 3.0
    assert read(bytearray(File([Signal(first)], records=records, bdf=bdf).to_bytes())).id is None


@pytest.mark.parametrize(
    ("signal", "gain", "baseline", "units"),
    [
        (Signal([1]), 800.0, 0, None),
        (Signal([1], physical=("-800", "800"), digital=("-2048", "2047")), 2559.375, -0.5, None),
        (Signal([1], dimension="mV", physical=("-5,12", "5,115"), digital=("0", "2047")), 200.0, 1024, None),
        (Signal([1], dimension="\xb5V"), 800.0, 0, None),
        (Signal([1], physical=("125", "-125"), digital=("-100", "100")), -800.0, 0, None),
        (Signal([1], dimension="mmHg", physical=("0", "655.35")), 100.0, -32768, "mmHg"),
        (Signal([1], dimension=""), None, 0, None),
    ],
)
def test_the_size_and_the_zero_of_samples_are_exact(
    signal: Signal, gain: float | None, baseline: float, units: str | None
) -> None:
    (lead,) = ecg_of(File([signal])).leads
    assert (lead.adc_gain, lead.baseline, lead.units) == (gain, baseline, units)
    assert type(lead.baseline) is type(baseline)


def test_leads_have_standard_names_and_each_its_own() -> None:
    labels = ["ECG I", "EKG aVR", "V2", "ECG", "ECG", "", "lead v-5"]
    leads = ecg_of(File([Signal([1], label) for label in labels])).leads
    assert [lead.name for lead in leads] == ["I", "aVR", "V2", "ECG", "ECG 2", "signal 6", "V5"]


def test_annotations_and_triggers_are_no_leads() -> None:
    plain = ecg_of(File([ONE]))
    annotated = ecg_of(File([ONE], onsets=["+0"], reserved="EDF+C"))
    assert content_hash(annotated) == content_hash(plain)
    triggered = ecg_of(File([ONE, Signal([0, 0, 0, 1], "Status", "Boolean")], bdf=True))
    assert [lead.name for lead in triggered.leads] == ["I"]
    with pytest.raises(MalformedError, match="annotations alone"):
        ecg_of(File([], onsets=["+0"], reserved="EDF+C"))


def test_gaps_between_records_are_missing_samples() -> None:
    onsets = ["+0.5", "+1.5", "+3", "+4"]
    file = File([Signal(list(range(1, 17)))], records=4, onsets=onsets, reserved="EDF+D")
    ecg = ecg_of(file)
    assert told_samples(ecg.leads[0]) == [*range(1, 9), None, None, *range(9, 17)]
    assert ecg.date is not None
    assert format_rfc3339(ecg.date) == "2025-01-14T09:30:05.500000Z"


def test_records_that_follow_each_other_to_less_than_a_sample_have_no_gap() -> None:
    onsets = ["+0", "+1.2", "+1.99", "+3.0001"]
    (lead,) = ecg_of(File([Signal(list(range(16)))], records=4, onsets=onsets, reserved="EDF+D")).leads
    assert lead.missing is None


@pytest.mark.parametrize(
    ("onsets", "said"),
    [
        (["+0", "+0.5"], "begins before the one before it ends"),
        (["+1", "+0"], "begins before the one before it ends"),
        (["+0", "1"], "data record 2 do not say when it begins"),
        (["noon", "+1"], "data record 1 do not say when it begins"),
    ],
)
def test_records_out_of_their_time_are_told(onsets: list[str], said: str) -> None:
    with pytest.raises(MalformedError, match=said):
        ecg_of(File([Signal([1] * 8)], records=2, onsets=onsets, reserved="EDF+D"))


def test_discontinuous_records_without_annotations_are_told() -> None:
    with pytest.raises(MalformedError, match="has no annotations, which say when"):
        ecg_of(File([ONE], reserved="EDF+D"))


def test_a_gap_of_years_is_not_filled() -> None:
    onsets = ["+0", f"+{_MAX_MISSING // 200}"]
    with pytest.raises(InvalidError) as caught:
        ecg_of(
            File(
                [Signal([1] * 8, f"lead {n}") for n in range(60)], records=2, onsets=onsets, reserved="EDF+D"
            )
        )
    assert "send its parts as files of their own" in caught.value.errors[0].detail


def test_signals_of_different_frequencies_are_told_what_to_export() -> None:
    with pytest.raises(InvalidError) as caught:
        ecg_of(File([ONE, Signal([1, 2])]))
    assert caught.value.errors[0].pointer == "/sampling_frequency"


def test_a_file_whose_number_of_records_was_not_known_yet_has_those_that_are_there() -> None:
    file = File([Signal([1, 2, 3, 4])], records=2)
    file.told = {(236, 8): "-1"}
    assert ecg_of(file).leads[0].signal.tolist() == [1, 2, 3, 4]
    with pytest.raises(MalformedError, match="ends within its data record 2"):
        read(file.to_bytes()[:-1])


@pytest.mark.parametrize(
    ("told", "said", "offset"),
    [
        ({(252, 4): "0"}, "number of signals", 252),
        ({(252, 4): "x"}, "number of signals", 252),
        ({(252, 4): "2"}, "number of bytes in the header is not that of its signals", 184),
        ({(184, 8): "0x200"}, "number of bytes in the header", 184),
        ({(236, 8): "-2"}, "number of data records", 236),
        ({(236, 8): "1_0"}, "number of data records", 236),
        ({(236, 8): "0"}, "more than its number of data records", 236),
        ({(244, 8): "0"}, "duration of a data record", 244),
        ({(244, 8): "nan"}, "duration of a data record", 244),
        ({(360, 8): "-1e999"}, "physical minimum of signal 1 is no number", 360),
        ({(376, 8): "32767"}, "minimum and maximum of signal 1 give its samples no size", 360),
        ({(368, 8): "-40960"}, "minimum and maximum of signal 1 give its samples no size", 360),
        ({(360, 8): "40958.74"}, "have their 0 beyond 32 bits", 360),
        ({(472, 8): "-4"}, "number of samples of signal 1 in each data record", 472),
        ({(472, 8): "0"}, "no samples in its data records", 252),
        ({(472, 8): "99999999"}, "ends within its data record 1", 520),
    ],
)
def test_a_field_that_is_wrong_is_told_by_its_byte(
    told: dict[tuple[int, int], str], said: str, offset: int
) -> None:
    with pytest.raises(MalformedError, match=said) as caught:
        ecg_of(File([ONE], told=told))
    assert caught.value.offset == offset


def test_a_file_that_is_cut_anywhere_says_where() -> None:
    for end in range(8, len(WHOLE)):
        with pytest.raises(MalformedError) as caught:
            read(WHOLE[:end])
        assert caught.value.offset == end
    with pytest.raises(MalformedError, match="holds more than"):
        read(WHOLE + b"\0")


@given(st.lists(st.tuples(st.integers(8, len(WHOLE) - 1), st.integers(0, 255)), min_size=1, max_size=6))
def test_whatever_bytes_are_wrong_it_is_an_ecg_or_a_problem(damage: list[tuple[int, int]]) -> None:
    content = bytearray(WHOLE)
    for place, byte in damage:
        content[place] = byte
    try:
        read(content)
    except (MalformedError, InvalidError) as problem:
        said = str(problem.members())
        assert "Planted" not in said
