"""The formats in which devices and archives keep ECGs. A new one is a file beside this, and a line here."""

from formats.dicom.file import DICOM
from formats.edf.file import EDF
from formats.file_format import FileFormat
from formats.wfdb.file import WFDB_FORM, WFDB_ZIP

FILES: tuple[FileFormat, ...] = (DICOM, EDF, WFDB_ZIP, WFDB_FORM)
