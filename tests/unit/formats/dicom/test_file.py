"""The ECG in a DICOM file is what an independent writer put there; what is no ECG is told by its element."""

from typing import Any

import pydicom
import pytest
from pydicom.data import get_testdata_file
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)
from pydicom.waveforms.numpy_handler import multiplex_array

from formats.dicom.file import read
from harness.dicom_files import INSTANCE, Group, dataset, ecg, written
from harness.recordings import needs_data
from schemas.content_hash import content_hash
from schemas.ecg import Ecg, Lead
from schemas.problems import InvalidError, MalformedError
from schemas.times import format_rfc3339
from tests.unit.schemas.strategies import told_samples

ONE = Group([[1, -2, 300]])


def read_ecg(content: bytes) -> Ecg:
    return read(content).ecg


def the_lead(content: bytes) -> Lead:
    (lead,) = read_ecg(content).leads
    return lead


@pytest.mark.parametrize("endless", [False, True])
@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian])
def test_however_it_is_written_it_is_one_ecg(syntax: str, endless: bool) -> None:
    order = ">i2" if syntax == ExplicitVRBigEndian else "<i2"
    groups = Group([[1, -2, 300], [4, 5, -6]], dtype=order), Group([[7, 8]], label="MEDIAN BEAT")
    upload = read(written(dataset(*groups, AcquisitionDateTime="20250114093005"), syntax, endless=endless))
    assert upload.id == INSTANCE
    told = [(one.name, one.signal.tolist(), one.adc_gain, one.baseline) for one in upload.ecg.leads]
    assert told == [("I", [1, -2, 300], 800.0, 0), ("II", [4, 5, -6], 800.0, 0)]
    assert content_hash(upload.ecg) == content_hash(
        read_ecg(ecg(Group([[1, -2, 300], [4, 5, -6]]), AcquisitionDateTime="20250114093005"))
    )


def test_without_its_preamble_it_is_the_same() -> None:
    whole = ecg(ONE)
    for cut in (128 + 4, 128 + 4 + 12 + int.from_bytes(whole[140:144], "little")):
        assert the_lead(whole[cut:]).signal.tolist() == [1, -2, 300]


def test_a_deflated_file_is_told_how_to_save_it() -> None:
    with pytest.raises(InvalidError) as caught:
        read(written(dataset(ONE), DeflatedExplicitVRLittleEndian))
    assert "Explicit VR Little Endian" in caught.value.errors[0].detail


@pytest.mark.parametrize(
    ("kind", "dtype", "samples"),
    [
        ("SB", "i1", [-128, 127, 0]),
        ("UB", "u1", [0, 255, 128]),
        ("SS", "<i2", [-(2**15), 2**15 - 1]),
        ("US", "<u2", [0, 2**16 - 1]),
        ("SL", "<i4", [-(2**31), 2**31 - 1]),
        ("UL", "<u4", [0, 2**31 - 1]),
        ("SV", "<i8", [-(2**31), 5]),
        ("UV", "<u8", [2**31 - 1]),
    ],
)
def test_samples_of_every_width_are_read(kind: str, dtype: str, samples: list[int]) -> None:
    assert the_lead(ecg(Group([samples], kind=kind, dtype=dtype))).signal.tolist() == samples


@pytest.mark.parametrize(("kind", "dtype", "sample"), [("UL", "<u4", 2**31), ("SV", "<i8", -(2**31) - 1)])
def test_a_sample_beyond_32_bits_is_told_with_its_channel(kind: str, dtype: str, sample: int) -> None:
    with pytest.raises(MalformedError, match=r"\(5400,1010\) holds a sample beyond 32 bits in channel 2"):
        read(ecg(Group([[1], [sample]], kind=kind, dtype=dtype)))


@pytest.mark.parametrize("kind", ["MB", "AB"])
def test_companded_samples_are_told_what_to_export(kind: str) -> None:
    with pytest.raises(InvalidError) as caught:
        read(ecg(Group([[1, 2]], kind=kind, dtype="u1")))
    assert "linear" in caught.value.errors[0].detail


def test_the_padding_value_is_a_missing_sample() -> None:
    group = Group([[1, -32768, 3], [4, 5, 6]], more={"WaveformPaddingValue": b"\0\x80"})
    first, second = read_ecg(ecg(group)).leads
    assert told_samples(first) == [1, None, 3]
    assert second.missing is None
    bytes_of = Group([[1, 128]], kind="SB", dtype="i1", more={"WaveformPaddingValue": b"\1\0"})
    bytes_of.signals = [[1, -1]]
    assert told_samples(the_lead(ecg(bytes_of))) == [None, -1]


def names_of(*groups: Group) -> list[str]:
    return [lead.name for lead in read_ecg(ecg(*groups)).leads]


def test_a_median_before_the_rhythm_is_not_the_recording() -> None:
    median = Group([[9]], label="MEDIAN BEAT", originality="DERIVED")
    assert the_lead(ecg(median, ONE)).signal.tolist() == [1, -2, 300]
    labelled = Group([[9]], label="REPRESENTATIVE")
    assert the_lead(ecg(labelled, ONE)).signal.tolist() == [1, -2, 300]
    with pytest.raises(MalformedError, match="median or average beats and no recording"):
        read(ecg(median))


def test_a_recording_that_was_filtered_is_one_where_there_is_no_other() -> None:
    filtered = Group([[9]], originality="DERIVED", label="FILTERED")
    assert the_lead(ecg(filtered)).signal.tolist() == [9]
    assert the_lead(ecg(filtered, ONE)).signal.tolist() == [1, -2, 300]


def test_original_groups_are_one_ecg() -> None:
    twelve = ["I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6"]
    groups = [Group([[1], [2], [3]], names=twelve[start : start + 3]) for start in range(0, 12, 3)]
    assert names_of(*groups) == twelve
    strip = Group([[1, 2, 3, 4]], names=["Lead II"])
    assert names_of(*groups, strip) == [*twelve, "II 2"]


def test_groups_of_different_frequencies_are_told_what_to_export() -> None:
    with pytest.raises(InvalidError) as caught:
        read(ecg(ONE, Group([[1]], names=["Respiration"], frequency="62.5")))
    assert caught.value.errors[0].pointer == "/sampling_frequency"


@pytest.mark.parametrize(
    ("name", "standard"),
    [
        (("MDC", "2:1"), "I"),
        (("MDC", "2:65"), "-aVR"),
        (("MDC", "131391"), "aVL"),
        (("SCPECG", "5.6.3-9-62"), "aVR"),
        (("SCPECG", "5.6.3-9-66"), "V8"),
        (("MDC", "2:0"), "so called here"),
        (("99LOCAL", "2:1"), "so called here"),
        ("Pleth  wave ", "Pleth wave"),
    ],
)
def test_leads_have_their_standard_names(name: str | tuple[str, str], standard: str) -> None:
    assert names_of(Group([[1]], names=[name])) == [standard]


@pytest.mark.parametrize(
    ("channel", "gain", "baseline", "units"),
    [
        ({}, 800.0, 0, None),
        ({"ChannelSensitivity": "0.00125", "unit": "mV"}, 800.0, 0, None),
        ({"ChannelSensitivity": "4.88", "unit": "µV"}, 1000 / 4.88, 0, None),
        ({"ChannelSensitivityCorrectionFactor": "2"}, 400.0, 0, None),
        ({"ChannelBaseline": "0.625"}, 800.0, -0.5, None),
        ({"ChannelBaseline": "-1280"}, 800.0, 1024, None),
        ({"ChannelSensitivity": "-1.25"}, -800.0, 0, None),
        ({"ChannelSensitivity": "0.1", "unit": "mm[Hg]"}, 10.0, 0, "mm[Hg]"),
    ],
)
def test_the_size_and_the_zero_of_samples_are_exact(
    channel: dict[str, Any], gain: float, baseline: float, units: str | None
) -> None:
    file = dataset(Group([[1]], channel=channel), SpecificCharacterSet="ISO_IR 192")
    lead = the_lead(written(file))
    assert (lead.adc_gain, lead.baseline, lead.units) == (gain, baseline, units)
    assert type(lead.baseline) is type(baseline)


def test_of_what_has_no_sensitivity_none_is_told() -> None:
    file = dataset(ONE)
    del file.WaveformSequence[0].ChannelDefinitionSequence[0].ChannelSensitivity
    lead = the_lead(written(file))
    assert (lead.adc_gain, lead.baseline) == (None, None)


@pytest.mark.parametrize(
    ("channel", "said"),
    [
        ({"ChannelSensitivity": "0"}, r"Channel Sensitivity \(003A,0210\) of channel 1 is 0"),
        ({"ChannelBaseline": "1e30"}, r"Channel Baseline \(003A,0213\) of channel 1 lies beyond 32 bits"),
    ],
)
def test_a_size_that_is_none_is_told_with_its_element(channel: dict[str, Any], said: str) -> None:
    with pytest.raises(MalformedError, match=said):
        read(ecg(Group([[1]], channel=channel)))


@pytest.mark.parametrize(
    ("keyword", "value", "said"),
    [
        ("NumberOfWaveformSamples", 4, r"\(5400,1010\) holds fewer bytes"),
        ("NumberOfWaveformSamples", 1, r"\(5400,1010\) holds more bytes"),
        ("NumberOfWaveformChannels", 3, r"\(5400,1010\) holds fewer bytes"),
        ("WaveformBitsAllocated", 8, "name no kind of sample together"),
        ("WaveformSampleInterpretation", "XX", "name no kind of sample together"),
        ("SamplingFrequency", "0", r"Sampling Frequency \(003A,001A\)"),
        ("SamplingFrequency", None, r"Sampling Frequency \(003A,001A\)"),
        ("ChannelDefinitionSequence", [], r"\(003A,0200\) has not as many items as"),
        ("WaveformSampleInterpretation", None, r"\(5400,1006\) of a waveform is missing"),
    ],
)
def test_what_contradicts_itself_is_told_by_its_element(keyword: str, value: object, said: str) -> None:
    file = dataset(ONE)
    setattr(file.WaveformSequence[0], keyword, value)
    with pytest.raises(MalformedError, match=said):
        read(written(file))


def test_a_file_without_a_waveform_is_told_so() -> None:
    file = dataset(ONE)
    del file.WaveformSequence
    with pytest.raises(MalformedError, match=r"Waveform Sequence \(5400,0100\)"):
        read(written(file))


def as_pydicom_reads(path: str) -> None:
    """The rhythm of a real file, which is its first group."""
    file = pydicom.dcmread(path)
    raw = multiplex_array(file, 0, as_raw=True)
    with open(path, "rb") as content:  # noqa: PTH123 - by its name
        found = read_ecg(content.read())
    assert [lead.signal.tolist() for lead in found.leads] == raw.T.tolist()
    assert [lead.name for lead in found.leads] == [
        "I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6",
    ]  # fmt: skip
    assert found.date is not None
    assert format_rfc3339(found.date)[:10].replace("-", "") == file.AcquisitionDateTime[:8]


def test_real_files_are_read_as_pydicom_reads_them() -> None:
    as_pydicom_reads(str(get_testdata_file("waveform_ecg.dcm", download=False)))


def test_a_real_file_of_an_archive_is_read_as_pydicom_reads_it() -> None:
    as_pydicom_reads(str(needs_data() / "muse" / "guangxi_teaching_sinus_rhythm.dcm"))
