"""The columns of an Arrow upload: which there are, the types that each is taken in, and what they hold.

The layout is that of the events (`schemas.arrow`). Where the usual writers differ from it in ways that say nothing
else, theirs is taken as well: pandas and Polars hold samples in 64 bits, and Polars in large lists or in lists of one
length. Samples may be of any type whose values are integers of 32 bits, floats that are whole among them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.types
from numpy.typing import NDArray

from formats.broken import BrokenRules
from formats.signal import SAMPLE_RULE, Signal, are_samples
from schemas.arrow import SCHEMAS, numpy_samples
from schemas.ecg import narrowest, where_any
from schemas.problems import MAX_ERRORS_LISTED

LEADS = "/leads"


@dataclass(frozen=True, slots=True)
class _Column:
    """A column: as what it is asked for, and whether a type is taken for that."""

    asked: str
    takes: Callable[[pa.DataType], bool]
    required: bool = False


_INTEGERS = frozenset(
    {pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64()}
)
_NUMBERS = _INTEGERS | {pa.float32(), pa.float64()}
_TEXTS = frozenset({pa.utf8(), pa.large_utf8(), pa.string_view()})
# What any value of is a sample.
_NARROW = frozenset({pa.int8(), pa.int16(), pa.int32(), pa.uint8(), pa.uint16()})
_PIECE_SAMPLES = 65_536
# The type of a column that has nothing but nulls, for pandas and Polars.
_NOTHING = frozenset({pa.null()})


def _is_signal(kind: pa.DataType) -> bool:
    is_list = pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    return is_list and kind.value_type in _NUMBERS


_COLUMNS: Mapping[str, _Column] = {
    "name": _Column("utf8", _TEXTS.__contains__, required=True),
    "signal": _Column("a list of integers", _is_signal, required=True),
    "adc_gain": _Column("float64", (_NUMBERS | _NOTHING).__contains__),
    "baseline": _Column("int32 or float64", (_NUMBERS | _NOTHING).__contains__),
    "units": _Column("utf8", (_TEXTS | _NOTHING).__contains__),
}


def check_columns(names: Sequence[str], schema: pa.Schema) -> None:
    """Raise InvalidError where the columns of a schema, these in its order, are not those of leads."""
    if any(schema.equals(layout) for layout in SCHEMAS):
        return
    broken = BrokenRules()
    if not _COLUMNS.keys() >= set(names):
        broken.add(f"has unknown columns; known are {', '.join(_COLUMNS)}", LEADS)
    for name, column in _COLUMNS.items():
        match names.count(name):
            case 0 if column.required:
                broken.add(f"must have a column {name}", LEADS)
            case 1 if not column.takes(schema.types[names.index(name)]):
                broken.add(f"must have the column {name} as {column.asked}", LEADS)
            case 0 | 1:
                pass
            case _:
                broken.add(f"must have the column {name} once", LEADS)
    broken.raise_any()


def optional_column(batch: pa.RecordBatch, name: str) -> pa.Array:
    """A column; nothing but nulls where there is none."""
    return batch.column(name) if name in batch.schema.names else pa.nulls(batch.num_rows)


def signals_of(column: pa.Array, first: int, broken: BrokenRules) -> list[Signal]:
    """The signals of a column whose first row is the `first` lead; a null is a missing sample."""
    if not len(column):
        # It need not even have offsets.
        return []
    offsets = _offsets(column)
    samples = column.values.slice(offsets[0], offsets[-1] - offsets[0])
    if column.null_count:
        for row, is_null in enumerate(column.is_null().to_pylist()):
            if is_null:
                broken.add("must be an array of integers", f"{LEADS}/{first + row}/signal")
    values, missing = numpy_samples(samples)
    places = [slice(start - offsets[0], stop - offsets[0]) for start, stop in pairwise(offsets)]
    if samples.type not in _NARROW:
        values = _checked(values, places, first, broken)
    if missing is None:
        return [Signal(narrowest(values[place])) for place in places]
    return [Signal(narrowest(values[place]), where_any(missing[place])) for place in places]


def _offsets(column: pa.Array) -> list[int]:
    """Where each row's samples begin, and behind them where the last one's end."""
    if not pa.types.is_fixed_size_list(column.type):
        offsets: list[int] = column.offsets.to_pylist()
        return offsets
    length = column.type.list_size
    return list(range(0, (len(column) + 1) * length, length)) if length else [0] * (len(column) + 1)


def _checked(
    values: NDArray[Any], places: Sequence[slice], first: int, broken: BrokenRules
) -> NDArray[np.int32]:
    """Values of a wider type as samples; each that is none is told, and 0."""
    if values.dtype == np.float32:
        # The bounds are rounded to it, beyond int32.
        values = values.astype(np.float64)
    samples = np.empty(len(values), np.int32)
    wrong = np.zeros(len(values), np.bool_)
    # In pieces: what is needed meanwhile is several times as long.
    for piece in (slice(start, start + _PIECE_SAMPLES) for start in range(0, len(values), _PIECE_SAMPLES)):
        good = are_samples(values[piece])
        samples[piece] = np.where(good, values[piece], 0)
        wrong[piece] = ~good
    for row, place in enumerate(places, first):
        indices = np.flatnonzero(wrong[place])
        for index in indices[:MAX_ERRORS_LISTED].tolist():
            broken.add(SAMPLE_RULE, f"{LEADS}/{row}/signal/{index}")
        broken.add_unlisted(len(indices[MAX_ERRORS_LISTED:]))
    return samples
