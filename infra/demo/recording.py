"""A real 12-lead ECG, as a device would post it: pydicom's `waveform_ecg.dcm`, 12 leads of 10 s."""

from pathlib import Path

from pydicom.data import get_testdata_file

from ecg_client import formats
from ecg_client.recording import Recording

FILE = "waveform_ecg.dcm"
ID = "waveform-ecg"


def recording() -> Recording:
    """What is posted."""
    path = Path(str(get_testdata_file(FILE, download=False)))
    read = formats.read(path.read_bytes(), ID)
    assert isinstance(read, Recording)
    return read
