"""A good file of each format of devices and archives, by its content type: all of them are one ECG."""

from collections.abc import Mapping

from harness import dicom_files, edf_files, wfdb_files

SIGNAL = [1, -2, 300, 4]
PERSONAL = dicom_files.PERSONAL
GOOD: Mapping[str, bytes] = {
    "application/dicom": dicom_files.ecg(dicom_files.Group([SIGNAL]), AcquisitionDateTime="20250114093005"),
    "application/edf": edf_files.File([edf_files.Signal(SIGNAL)], seconds="0.008").to_bytes(),
    "application/zip": wfdb_files.zipped(wfdb_files.good(SIGNAL), packed=False),
    "multipart/form-data": wfdb_files.form(wfdb_files.good(SIGNAL, folder="")),
}
