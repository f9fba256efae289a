"""Files that hold an ECG: the API's own JSON, and DICOM. Told apart by what is in them, not by their names."""

import dataclasses
import hashlib
from dataclasses import dataclass

import msgspec

from client.dicom import is_dicom, read_dicom
from client.errors import RecordingError
from client.recording import Uploadable


@dataclass(frozen=True, slots=True)
class FileContent:
    """What a file holds. `key`: makes the file the same ECG each time it is sent, if it names no id itself."""

    ecg: Uploadable
    key: str


def read(content: bytes, ecg_id: str | None = None) -> FileContent:
    """The ECG in a file, under `ecg_id` if one is given. Raises RecordingError, which names what is read here."""
    key = f"file-{hashlib.sha256(content).hexdigest()}"
    if is_dicom(content):
        recording = read_dicom(content)
        return FileContent(recording if ecg_id is None else dataclasses.replace(recording, id=ecg_id), key)
    if content.lstrip().startswith(b"{"):
        return FileContent(content if ecg_id is None else _with_id(content, ecg_id), key)
    raise RecordingError("neither JSON nor DICOM, the two formats that are read")


def _with_id(content: bytes, ecg_id: str) -> bytes:
    # Raw: everything else goes out as it stands in the file.
    try:
        members = msgspec.json.decode(content, type=dict[str, msgspec.Raw])
    except msgspec.MsgspecError:
        raise RecordingError("the file is not JSON, so no id can be put into it") from None
    return msgspec.json.encode(members | {"id": msgspec.Raw(msgspec.json.encode(ecg_id))})
