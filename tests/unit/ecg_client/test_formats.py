import io
import json
from datetime import UTC, datetime

import pyarrow as pa
import pydicom
import pytest
from pydicom.data import get_testdata_file

from ecg_client import formats
from ecg_client.dicom import lead_name
from ecg_client.encoding import encode
from ecg_client.errors import RecordingError
from ecg_client.recording import Recording
from schemas.arrow import CONTENT_TYPE, decode_leads, encode_leads
from tests.unit.schemas.strategies import lead

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


def test_lead_names_are_short() -> None:
    assert [lead_name(m) for m in ("Lead I (Einthoven)", "Lead aVR", "V1")] == ["I", "aVR", "V1"]


def changed(dicom: bytes, element: str, value: object) -> bytes:
    file = pydicom.dcmread(io.BytesIO(dicom))
    setattr(file, element, value)
    out = io.BytesIO()
    file.save_as(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("20260101120000.25+0100", datetime(2026, 1, 1, 11, 0, 0, 250_000, tzinfo=UTC)),
        ("20260101120000", datetime(2026, 1, 1, 12, tzinfo=UTC)),
        ("2026", None),
        ("", None),
    ],
)
def test_the_date_is_the_files(dicom: bytes, text: str, date: datetime | None) -> None:
    ecg = formats.read(changed(dicom, "AcquisitionDateTime", text))
    assert isinstance(ecg, Recording)
    assert ecg.date == date


@pytest.mark.parametrize("end", [1_000, 50_000])
def test_a_dicom_file_that_is_cut_says_nothing_of_its_patient(dicom: bytes, end: int) -> None:
    with pytest.raises(RecordingError, match=r"^the DICOM file holds no waveform that can be read$"):
        formats.read(dicom[:end])


@pytest.mark.parametrize("content", [b"", b"lead,I\n1,2", b"[1]", b"\x00" * 200])
def test_anything_else_is_told_what_is_read(content: bytes) -> None:
    with pytest.raises(RecordingError, match="neither JSON nor an Arrow stream nor DICOM"):
        formats.read(content)


@pytest.mark.parametrize(
    ("content", "name"), [(b"{private", "JSON"), (b"\xff\xff\xff\xffprivate", "an Arrow stream")]
)
def test_an_id_for_what_is_broken_is_refused(content: bytes, name: str) -> None:
    with pytest.raises(RecordingError, match=f"is not {name}, so no id") as raised:
        formats.read(content, "a")
    assert "private" not in str(raised.value)
