"""Files that hold an ECG: the API's own JSON and Arrow stream, and DICOM. Told apart by their bytes, not by name."""

import dataclasses

import msgspec

from ecg_client.dicom import is_dicom, read_dicom
from ecg_client.encoding import is_arrow
from ecg_client.errors import RecordingError
from ecg_client.recording import Uploadable


def read(content: bytes, ecg_id: str | None = None) -> Uploadable:
    """The ECG in a file, under `ecg_id` if one is given. Raises RecordingError, which names what is read here."""
    if is_dicom(content):
        recording = read_dicom(content)
        return recording if ecg_id is None else dataclasses.replace(recording, id=ecg_id)
    if content.lstrip().startswith(b"{"):
        return content if ecg_id is None else _with_id(content, ecg_id)
    if is_arrow(content):
        return content if ecg_id is None else _renamed(content, ecg_id)
    raise RecordingError("neither JSON nor an Arrow stream nor DICOM, the three formats that are read")


def _with_id(content: bytes, ecg_id: str) -> bytes:
    # Raw: everything else goes out as it stands in the file.
    try:
        members = msgspec.json.decode(content, type=dict[str, msgspec.Raw])
    except (msgspec.MsgspecError, RecursionError):
        raise RecordingError("the file is not JSON, so no id can be put into it") from None
    return msgspec.json.encode(members | {"id": msgspec.Raw(msgspec.json.encode(ecg_id))})


def _renamed(content: bytes, ecg_id: str) -> bytes:
    # Here, for JSON and DICOM need not wait for it.
    import pyarrow as pa  # noqa: PLC0415

    try:
        with pa.ipc.open_stream(content) as stream:
            table = stream.read_all()
    except (pa.ArrowException, OSError, ValueError):
        raise RecordingError("the file is not an Arrow stream, so no id can be put into it") from None
    table = table.replace_schema_metadata({**(table.schema.metadata or {}), b"id": ecg_id})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    renamed: bytes = sink.getvalue().to_pybytes()
    return renamed
