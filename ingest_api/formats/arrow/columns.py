"""The columns of an Arrow upload: which there are, the types that each is taken in, and what they hold.

The layout is that of the events (`schemas.arrow`). Where the usual writers differ from it in ways that say nothing
else, such as pandas with its 64-bit integers and Polars with its large lists, theirs is taken as well. Samples are
not among these: what is not stored in 16 or 32 bits is not what an ADC gave.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import pyarrow as pa
import pyarrow.types

from ingest_api.formats.broken import BrokenRules
from ingest_api.formats.signal import Signal
from schemas.arrow import SCHEMAS, numpy_samples
from schemas.ecg import narrowest, where_any

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
_SAMPLES = frozenset({pa.int16(), pa.int32()})
# The type of a column that has nothing but nulls, for pandas and Polars.
_NOTHING = frozenset({pa.null()})


def _is_signal(kind: pa.DataType) -> bool:
    return (pa.types.is_list(kind) or pa.types.is_large_list(kind)) and kind.value_type in _SAMPLES


_COLUMNS: Mapping[str, _Column] = {
    "name": _Column("utf8", _TEXTS.__contains__, required=True),
    "signal": _Column("a list of int16 or of int32", _is_signal, required=True),
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
    offsets: list[int] = column.offsets.to_pylist()
    samples = column.values.slice(offsets[0], offsets[-1] - offsets[0])
    if column.null_count:
        for row, is_null in enumerate(column.is_null().to_pylist()):
            if is_null:
                broken.add("must be an array of integers", f"{LEADS}/{first + row}/signal")
    values, missing = numpy_samples(samples)
    places = [slice(start - offsets[0], stop - offsets[0]) for start, stop in pairwise(offsets)]
    if missing is None:
        return [Signal(narrowest(values[place])) for place in places]
    return [Signal(narrowest(values[place]), where_any(missing[place])) for place in places]
