"""Arrow streams as writers write them, and forged as none would."""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from schemas.arrow import SCHEMAS

NARROW = SCHEMAS[0]
INT16S = pa.list_(pa.int16())


def stream(
    columns: Mapping[str, pa.Array] | Sequence[tuple[str, pa.Array]],
    metadata: Mapping[str, str] | Sequence[tuple[Any, Any]] | None = None,
    *,
    batches: int = 1,
    custom: Mapping[str, str] | None = None,
    **options: Any,
) -> bytes:
    """The stream of these columns, as often as said. `metadata`: of the schema; `custom`: of each batch itself."""
    named = list(columns.items()) if isinstance(columns, Mapping) else list(columns)
    schema = pa.schema([pa.field(name, column.type) for name, column in named])
    if metadata is not None:
        schema = schema.with_metadata(pa.KeyValueMetadata(metadata))
    batch = pa.record_batch([column for _, column in named], schema=schema)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        for _ in range(batches):
            writer.write_batch(batch, custom_metadata=custom)
    written: bytes = sink.getvalue().to_pybytes()
    return written


def columns(
    *signals: Sequence[int | None] | None, names: Sequence[str | None] | None = None
) -> dict[str, Any]:
    """The two columns that there must be, with these signals."""
    named = [f"lead {row}" for row in range(len(signals))] if names is None else names
    return {"name": pa.array(named, pa.utf8()), "signal": pa.array(signals, INT16S)}


def forged(honest: bytes, place: bytes, false: bytes) -> bytes:
    """A stream with the one place that reads `place` reading `false`, which no writer would write."""
    assert honest.count(place) == 1
    assert len(place) == len(false)
    return honest.replace(place, false)
