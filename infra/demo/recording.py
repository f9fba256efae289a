"""A real 12-lead ECG, as a device would post it: pydicom's `waveform_ecg.dcm`, 12 leads of 10 s."""

import dataclasses
from pathlib import Path

from pydicom.data import get_testdata_file

from ecg_client.dicom import read_dicom
from ecg_client.recording import Recording

FILE = "waveform_ecg.dcm"
ID = "waveform-ecg"


def recording() -> Recording:
    """What is posted."""
    path = Path(str(get_testdata_file(FILE, download=False)))
    return dataclasses.replace(read_dicom(path.read_bytes()), id=ID)
