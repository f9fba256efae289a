"""Leads as an Arrow IPC stream: one record batch, one row a lead.

Columns: ``name`` utf8, ``signal`` list of int16 (of int32 where a sample needs it), ``adc_gain`` float64,
``baseline`` int32 (float64 where one is not whole), ``units`` utf8; the last three may be null. A sample that is
missing is null; only where one is does the schema allow it, so that a reader who knows of none is told by the schema
and counts nothing wrong. Polars, DuckDB and pandas open it as it is.
"""

from collections.abc import Mapping, Sequence
from itertools import accumulate, product
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from schemas.cloudevents import UndecodableEventError
from schemas.ecg import Baseline, Lead, Missing, exact_baseline, where_any

CONTENT_TYPE = "application/vnd.apache.arrow.stream"

# What an upload tells of its recording beside the leads, as text in the schema's own metadata.
METADATA_KEYS = ("id", "date", "sampling_frequency")


def _schema(*, wide: bool, gaps: bool, between: bool) -> pa.Schema:
    """`wide`: int32; `gaps`: samples are missing; `between`: a baseline lies between two integers."""
    sample = pa.field("item", pa.int32() if wide else pa.int16(), nullable=gaps)
    return pa.schema(
        [
            pa.field("name", pa.utf8(), nullable=False),
            pa.field("signal", pa.list_(sample), nullable=False),
            pa.field("adc_gain", pa.float64()),
            pa.field("baseline", pa.float64() if between else pa.int32()),
            pa.field("units", pa.utf8()),
        ]
    )


_KINDS = {
    kind: _schema(wide=kind[2], gaps=kind[1], between=kind[0]) for kind in product((False, True), repeat=3)
}
# The plain ones first.
SCHEMAS = tuple(_KINDS.values())
# A message of no length: the end of an IPC stream.
_END = b"\xff\xff\xff\xff\0\0\0\0"


def encode_leads(leads: Sequence[Lead], metadata: Mapping[str, str] | None = None) -> bytes:
    """The Arrow IPC stream of `leads`, one at least. Samples travel as int32 where any lead holds int32, else as int16.

    `metadata`: of METADATA_KEYS, for an upload; an event tells this in its headers.
    """
    wide = any(lead.signal.dtype != np.int16 for lead in leads)
    gaps = any(lead.missing is not None for lead in leads)
    between = any(isinstance(lead.baseline, float) for lead in leads)
    schema = _KINDS[between, gaps, wide].with_metadata(metadata)
    offsets = pa.array(list(accumulate((len(lead.signal) for lead in leads), initial=0)), pa.int32())
    samples = np.concatenate([lead.signal for lead in leads], dtype=np.int32 if wide else np.int16)
    values = pa.array(samples, mask=np.concatenate([_missing(lead) for lead in leads]) if gaps else None)
    signal = pa.ListArray.from_arrays(offsets, values, type=schema.field("signal").type)
    batch = pa.record_batch(
        [
            pa.array([lead.name for lead in leads], pa.utf8()),
            signal,
            pa.array([lead.adc_gain for lead in leads], pa.float64()),
            pa.array([lead.baseline for lead in leads], schema.field("baseline").type),
            pa.array([lead.units for lead in leads], pa.utf8()),
        ],
        schema=schema,
    )
    # What a stream writer of the library writes, without the buffers that it grows on the way.
    return b"".join((schema.serialize(), batch.serialize(), _END))


def _missing(lead: Lead) -> Missing:
    return np.zeros(len(lead.signal), np.bool_) if lead.missing is None else lead.missing


def decode_leads(value: bytes) -> tuple[Lead, ...]:
    """The leads of an Arrow IPC stream; their signals are read-only views into `value` where no sample is missing.

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
    if names.null_count or signals.null_count:
        raise UndecodableEventError("a name or a signal is null")
    values = signals.values
    if values.null_count and not signals.type.value_field.nullable:
        raise UndecodableEventError("a sample is null, and the schema says that none is")
    samples, missing = numpy_samples(values)
    offsets = signals.offsets.to_pylist()
    leads = tuple(
        Lead(
            name,
            samples[start:stop],
            gain,
            baseline,
            unit,
            None if missing is None else where_any(missing[start:stop]),
        )
        for name, start, stop, gain, baseline, unit in zip(
            names.to_pylist(),
            offsets,
            offsets[1:],
            gains.to_pylist(),
            _baselines(baselines),
            units.to_pylist(),
            strict=False,
        )
    )
    if not leads:
        raise UndecodableEventError("there are no leads")
    if len({lead.name for lead in leads}) != len(leads):
        raise UndecodableEventError("two leads have one name")
    return leads


def numpy_samples(values: pa.Array) -> tuple[NDArray[Any], Missing | None]:
    """Samples as a lead has them, and which of them are missing; a view where none is."""
    if not values.null_count:
        return values.to_numpy(zero_copy_only=True), None
    # Whatever stands in a null's place is nobody's.
    return values.fill_null(0).to_numpy(), values.is_null().to_numpy(zero_copy_only=False)


def _baselines(column: pa.Array) -> list[Baseline | None]:
    told: list[Baseline | None] = column.to_pylist()
    if column.type == pa.int32():
        return told
    try:
        return [None if value is None else exact_baseline(value) for value in told]
    except ValueError as error:
        raise UndecodableEventError(str(error)) from None
