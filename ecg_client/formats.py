"""Files that hold an ECG: the API's own JSON and Arrow stream, which go out as they are, and those of `formats.table`.

Told apart by their bytes, not by name. The latter are read here and go out as an Arrow stream, so that what else they
hold of a patient stays here.
"""

import msgspec
import numpy as np

from ecg_client.errors import RecordingError
from ecg_client.recording import Lead, Recording, Uploadable
from formats import telling
from formats.file_format import FileFormat
from formats.table import FILES
from schemas import ecg
from schemas.problems import InvalidError, MalformedError
from schemas.times import to_datetime


def read(content: bytes, ecg_id: str | None = None) -> Uploadable:
    """The ECG in a file, under `ecg_id` if one is given. Raises RecordingError, which says what is wrong and where."""
    one = telling.file_format(content)
    if one is not None:
        return _recording(one, content, ecg_id)
    if telling.is_json(content):
        return content if ecg_id is None else _with_id(content, ecg_id)
    if telling.is_arrow(content):
        return content if ecg_id is None else _renamed(content, ecg_id)
    known = ", ".join(("JSON", "an Arrow stream", *(one.name for one in FILES)))
    raise RecordingError(f"the file is {telling.unread(content) or f'none that is read here: {known}'}")


def _recording(one: FileFormat, content: bytes, ecg_id: str | None) -> Recording:
    try:
        found = one.read(content)
    except MalformedError as problem:
        place = "" if problem.offset is None else f", at byte {problem.offset}"
        raise RecordingError(f"{problem.detail}{place}") from None
    except InvalidError as problem:
        raise RecordingError(f"the {one.name} file {problem.errors[0].detail}") from None
    return Recording(
        id=found.id if ecg_id is None else ecg_id,
        date=None if found.ecg.date is None else to_datetime(found.ecg.date),
        sampling_frequency=found.ecg.sampling_frequency,
        leads=[_lead(lead) for lead in found.ecg.leads],
    )


def _lead(lead: ecg.Lead) -> Lead:
    signal = lead.signal if lead.missing is None else np.ma.MaskedArray(lead.signal, lead.missing)
    return Lead(
        name=lead.name, signal=signal, adc_gain=lead.adc_gain, baseline=lead.baseline, units=lead.units
    )


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
