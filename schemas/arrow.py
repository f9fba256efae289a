"""Leads as an Arrow IPC stream: one record batch, one row a lead.

Columns: ``name`` utf8, ``signal`` list of int16 (of int32 where a sample needs it), ``adc_gain`` float64,
``baseline`` int32, ``units`` utf8; the last three may be null. Polars, DuckDB and pandas open it as it is.
"""

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

import numpy as np
import pyarrow as pa

from schemas.cloudevents import UndecodableEventError
from schemas.ecg import Lead

CONTENT_TYPE = "application/vnd.apache.arrow.stream"

# What an upload tells of its recording beside the leads, as text in the schema's own metadata.
METADATA_KEYS = ("id", "date", "sampling_frequency")


def _schema(sample: pa.DataType) -> pa.Schema:
    return pa.schema(
        [
            pa.field("name", pa.utf8(), nullable=False),
            pa.field("signal", pa.list_(pa.field("item", sample, nullable=False)), nullable=False),
            pa.field("adc_gain", pa.float64()),
            pa.field("baseline", pa.int32()),
            pa.field("units", pa.utf8()),
        ]
    )


_NARROW = _schema(pa.int16())
_WIDE = _schema(pa.int32())
SCHEMAS = (_NARROW, _WIDE)
# A message of no length: the end of an IPC stream.
_END = b"\xff\xff\xff\xff\0\0\0\0"


def encode_leads(leads: Sequence[Lead], metadata: Mapping[str, str] | None = None) -> bytes:
    """The Arrow IPC stream of `leads`, one at least. Samples travel as int32 where any lead holds int32, else as int16.

    `metadata`: of METADATA_KEYS, for an upload; an event tells this in its headers.
    """
    wide = any(lead.signal.dtype != np.int16 for lead in leads)
    schema = (_WIDE if wide else _NARROW).with_metadata(metadata)
    offsets = pa.array(list(accumulate((len(lead.signal) for lead in leads), initial=0)), pa.int32())
    samples = np.concatenate([lead.signal for lead in leads], dtype=np.int32 if wide else np.int16)
    signal = pa.ListArray.from_arrays(offsets, pa.array(samples), type=schema.field("signal").type)
    batch = pa.record_batch(
        [
            pa.array([lead.name for lead in leads], pa.utf8()),
            signal,
            pa.array([lead.adc_gain for lead in leads], pa.float64()),
            pa.array([lead.baseline for lead in leads], pa.int32()),
            pa.array([lead.units for lead in leads], pa.utf8()),
        ],
        schema=schema,
    )
    # What a stream writer of the library writes, without the buffers that it grows on the way.
    return b"".join((schema.serialize(), batch.serialize(), _END))


def decode_leads(value: bytes) -> tuple[Lead, ...]:
    """The leads of an Arrow IPC stream; their signals are read-only views into `value`.

    Raises UndecodableEventError when it is not such a stream, or claims what it does not hold.
    """
    try:
        with pa.ipc.open_stream(pa.py_buffer(value)) as reader:
            if not any(reader.schema.equals(schema) for schema in SCHEMAS):
                raise UndecodableEventError("the Arrow schema is not that of leads")
            batch = reader.read_next_batch()
            _reject_second_batch(reader)
        # Full: offsets inside the buffers, UTF-8 text. A forged stream must fail here, not crash later.
        batch.validate(full=True)
    except UndecodableEventError:
        raise
    except (pa.ArrowException, OSError, StopIteration, ValueError) as error:
        raise UndecodableEventError(f"the value is not an Arrow stream: {type(error).__name__}") from None
    return _leads(batch)


def _reject_second_batch(reader: Any) -> None:
    try:
        reader.read_next_batch()
    except StopIteration:
        return
    raise UndecodableEventError("the Arrow stream holds more than one record batch")


def _leads(batch: pa.RecordBatch) -> tuple[Lead, ...]:
    names, signals, gains, baselines, units = batch.columns
    if names.null_count or signals.null_count or signals.values.null_count:
        raise UndecodableEventError("a name, a signal or a sample is null")
    samples = signals.values.to_numpy(zero_copy_only=True)
    offsets = signals.offsets.to_pylist()
    leads = tuple(
        Lead(name, samples[start:stop], gain, baseline, unit)
        for name, start, stop, gain, baseline, unit in zip(
            names.to_pylist(),
            offsets,
            offsets[1:],
            gains.to_pylist(),
            baselines.to_pylist(),
            units.to_pylist(),
            strict=False,
        )
    )
    if not leads:
        raise UndecodableEventError("there are no leads")
    if len({lead.name for lead in leads}) != len(leads):
        raise UndecodableEventError("two leads have one name")
    return leads
