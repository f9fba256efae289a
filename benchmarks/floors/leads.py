"""Leads to Arrow and back, as short as it goes: the layout of `schemas.arrow`, int16 alone."""

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from schemas.arrow import SCHEMAS

SCHEMA = SCHEMAS[0]
END = b"\xff\xff\xff\xff\0\0\0\0"
_SIGNAL = SCHEMA.field("signal").type


def arrow_of(names: Sequence[str], signals: Sequence[NDArray[Any]]) -> bytes:
    """The leads as an Arrow stream."""
    offsets = pa.array(list(accumulate(map(len, signals), initial=0)), pa.int32())
    none = pa.nulls(len(names))
    batch = pa.record_batch(
        [
            pa.array(names, pa.utf8()),
            pa.ListArray.from_arrays(offsets, pa.array(np.concatenate(signals)), type=_SIGNAL),
            none.cast(pa.float64()),
            none.cast(pa.int32()),
            none.cast(pa.utf8()),
        ],
        schema=SCHEMA,
    )
    return b"".join((SCHEMA.serialize(), batch.serialize(), END))


def counts_of(value: bytes) -> list[tuple[str, int, int]]:
    """Of each lead of an Arrow stream: name, number of samples, zero crossings."""
    with pa.ipc.open_stream(pa.py_buffer(value)) as reader:
        batch = reader.read_next_batch()
    batch.validate(full=True)
    column = batch.column(1)
    samples, offsets = column.values.to_numpy(), column.offsets.to_pylist()
    found = []
    for name, start, stop in zip(batch.column(0).to_pylist(), offsets, offsets[1:], strict=False):
        signal = samples[start:stop]
        negative = (signal if signal.all() else signal[signal != 0]) < 0
        found.append((name, stop - start, int(np.count_nonzero(negative[1:] != negative[:-1]))))
    return found
