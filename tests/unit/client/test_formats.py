import io
import json

import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_file

from client import formats
from client.dicom import lead_name
from client.errors import RecordingError
from client.recording import Recording, encode

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
    found = formats.read(JSON)
    assert found.ecg == JSON
    assert found.key == formats.read(JSON).key != formats.read(JSON + b" ").key


def test_an_id_is_put_into_json_and_nothing_else_is_touched() -> None:
    sent = formats.read(b'{"id": "a", "leads": [{"signal": [1.0, 1e3]}]}', "b").ecg
    assert isinstance(sent, bytes)
    assert json.loads(sent)["id"] == "b"
    assert b"[1.0, 1e3]" in sent


def test_a_dicom_file_is_its_rhythm(dicom: bytes) -> None:
    ecg = formats.read(dicom).ecg
    assert isinstance(ecg, Recording)
    assert ecg.id == "1.3.6.1.4.1.20029.40.20130125105919.5407.1.1"
    assert [lead.name for lead in ecg.leads] == LEADS
    assert {len(lead.signal) for lead in ecg.leads} == {10_000}
    assert np.array_equal(ecg.leads[0].signal[:3], [80, 65, 50])
    # 1.25 microvolts an ADC unit, and 0 mV at 0.
    assert {(lead.adc_gain, lead.baseline) for lead in ecg.leads} == {(800.0, 0)}
    assert (ecg.sampling_frequency, json.loads(encode(ecg))["date"]) == (1000.0, "2013-01-25T10:59:19Z")
    named = formats.read(dicom, "mine").ecg
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
        ("20260101120000.25+0100", "2026-01-01T11:00:00.250000Z"),
        ("20260101120000", "2026-01-01T12:00:00Z"),
        ("2026", None),
        ("", None),
    ],
)
def test_the_date_is_the_files(dicom: bytes, text: str, date: str | None) -> None:
    ecg = formats.read(changed(dicom, "AcquisitionDateTime", text)).ecg
    assert json.loads(encode(ecg)).get("date") == date


@pytest.mark.parametrize("end", [1_000, 50_000])
def test_a_dicom_file_that_is_cut_says_nothing_of_its_patient(dicom: bytes, end: int) -> None:
    with pytest.raises(RecordingError, match=r"^the DICOM file holds no waveform that can be read$"):
        formats.read(dicom[:end])


@pytest.mark.parametrize("content", [b"", b"lead,I\n1,2", b"[1]", b"\x00" * 200])
def test_anything_else_is_told_what_is_read(content: bytes) -> None:
    with pytest.raises(RecordingError, match="neither JSON nor DICOM"):
        formats.read(content)


def test_an_id_for_what_is_not_json_is_refused() -> None:
    with pytest.raises(RecordingError, match="is not JSON"):
        formats.read(b"{private", "a")
