import io
import json
from datetime import UTC, datetime

import pyarrow as pa
import pydicom
import pytest
from pydicom.data import get_testdata_file

from ecg_client import formats
from ecg_client.encoding import encode
from ecg_client.errors import RecordingError
from ecg_client.recording import Recording
from harness.dicom_files import PERSONAL, Group
from harness.dicom_files import ecg as written_ecg
from schemas.arrow import CONTENT_TYPE, decode_leads, encode_leads
from tests.unit.schemas.strategies import lead, told_samples

JSON = b' {"leads": [{"name": "I", "signal": [1, 2]}]}'
LEADS = ["I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6"]


@pytest.fixture(scope="module")
def dicom() -> bytes:
    """pydicom's 12-lead ECG: 10 s at 1000 Hz."""
    path = get_testdata_file("waveform_ecg.dcm", download=False)
    file = pydicom.dcmread(str(path))
    out = io.BytesIO()
    file.save_as(out)
    return out.getvalue()


def test_json_goes_out_as_it_stands_in_the_file() -> None:
    assert formats.read(JSON) == JSON


def test_an_id_is_put_into_json_and_nothing_else_is_touched() -> None:
    sent = formats.read(b'{"id": "a", "leads": [{"signal": [1.0, 1e3]}]}', "b")
    assert isinstance(sent, bytes)
    assert json.loads(sent)["id"] == "b"
    assert b"[1.0, 1e3]" in sent


def test_an_arrow_stream_goes_out_as_it_stands_but_for_an_id() -> None:
    sent = encode_leads((lead("I", 1, -1, units="mV"),), {"id": "a", "sampling_frequency": "500"})
    assert formats.read(sent) == sent
    named = formats.read(sent, "b")
    assert isinstance(named, bytes)
    assert encode(named).media_type == CONTENT_TYPE
    assert pa.ipc.open_stream(named).schema.metadata == {b"id": b"b", b"sampling_frequency": b"500"}
    assert decode_leads(named)[0].signal.tolist() == [1, -1]


def test_a_dicom_file_is_its_rhythm(dicom: bytes) -> None:
    ecg = formats.read(dicom)
    assert isinstance(ecg, Recording)
    assert ecg.id == "1.3.6.1.4.1.20029.40.20130125105919.5407.1.1"
    assert [lead.name for lead in ecg.leads] == LEADS
    assert {len(lead.signal) for lead in ecg.leads} == {10_000}
    assert list(ecg.leads[0].signal[:3]) == [80, 65, 50]
    # 1.25 microvolts an ADC unit, and 0 mV at 0.
    assert {(lead.adc_gain, lead.baseline) for lead in ecg.leads} == {(800.0, 0)}
    assert (ecg.sampling_frequency, ecg.date) == (1000.0, datetime(2013, 1, 25, 10, 59, 19, tzinfo=UTC))
    named = formats.read(dicom, "mine")
    assert isinstance(named, Recording)
    assert named.id == "mine"


def test_missing_samples_of_a_file_are_sent_as_missing() -> None:
    group = Group([[1, -32768]], more={"WaveformPaddingValue": b"\0\x80"})
    sent = encode(formats.read(written_ecg(group)))
    (lead,) = decode_leads(sent.content)
    assert told_samples(lead) == [1, None]


def test_nothing_of_the_patient_leaves_the_machine() -> None:
    sent = encode(formats.read(written_ecg(Group([[1]]))))
    assert not [one for one in PERSONAL if one.encode() in sent.content]


def test_a_damaged_file_is_told_by_its_byte(dicom: bytes) -> None:
    with pytest.raises(RecordingError, match=r"^Waveform Data \(5400,1010\) claims more .*, at byte \d+$"):
        formats.read(dicom[:50_000])


def test_a_file_that_breaks_a_rule_is_told_in_a_sentence() -> None:
    with pytest.raises(RecordingError, match=r"^the DICOM file must not hold samples in µ-law"):
        formats.read(written_ecg(Group([[1, 2]], kind="MB", dtype="u1")))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"),
        (b"%PDF-1.7", "the file is a PDF, which holds a drawing"),
        (b"lead,I\n1,2", "the file is none that is read here: JSON, an Arrow stream, DICOM, EDF, WFDB"),
        (b"[1]", "the file is none"),
        (b"\x00" * 200, "the file is none"),
    ],
)
def test_anything_else_is_told_what_it_is_or_what_is_read(content: bytes, said: str) -> None:
    with pytest.raises(RecordingError, match=f"^{said}"):
        formats.read(content)


@pytest.mark.parametrize(
    ("content", "name"), [(b"{private", "JSON"), (b"\xff\xff\xff\xffprivate", "an Arrow stream")]
)
def test_an_id_for_what_is_broken_is_refused(content: bytes, name: str) -> None:
    with pytest.raises(RecordingError, match=f"is not {name}, so no id") as raised:
        formats.read(content, "a")
    assert "private" not in str(raised.value)
