"""A lead's samples, from the JSON they came as to a numpy array.

Integers are read fast. Where one is written as a float, ``12.0``, the array is read again as floats, each of which must
be whole.
"""

import re
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any, Literal, cast

import msgspec
import numpy as np
from numpy.typing import NDArray

from formats.json.long_signals import (
    PIECE_BYTES,
    Postponed,
    SamplesError,
    read_in_pieces,
    within_int32,
)
from formats.signal import Signal, are_samples
from schemas.ecg import Missing, narrowest

# There is no wheel of it for the newest Python yet.
HAS_SIMDJSON = find_spec("simdjson") is not None
if HAS_SIMDJSON:
    import simdjson

_NULL = b"null"
_AS_FLOAT = re.compile(rb"[.eE]")
_integers = msgspec.json.Decoder(list[int])
_floats = msgspec.json.Decoder(list[float])


def parse_samples(body: bytes | bytearray, start: int, end: int, *, max_samples: int) -> Signal | Postponed:
    """The samples of the array at ``body[start:end]``: int16 where all fit, else int32; null where one is missing.

    Of a long one that would be more than its JSON only its length, where the body may be used up.
    The array must hold no string and no nested value. Raises SamplesError when it is anything but a JSON array of
    at most `max_samples` integers within int32, which may be written as floats, and nulls.
    """
    # n samples are at least n digits and n - 1 commas.
    if end - start > 2 * max_samples and too_many(body, start, end, max_samples):
        raise SamplesError("too many samples")
    if end - start > PIECE_BYTES:
        return read_in_pieces(body, start, end, parse)
    wide, missing = parse(body[start:end])
    narrow = narrowest(wide)
    if narrow.dtype != np.int16 and not within_int32(wide):
        raise SamplesError("a sample is outside int32")
    return Signal(narrow, missing)


def parse(array: bytes | bytearray) -> tuple[NDArray[np.int64], Missing | None]:
    """The values of a JSON array of whole numbers and nulls, 0 in the place of a null, and where those are.

    Raises SamplesError when it is anything else.
    """
    try:
        return parse_integers(array), None
    except SamplesError:
        if _NULL not in array:
            return _parse_floats(array), None
    # Blanks about it: what touches a null must not become a number with it.
    values = array.replace(_NULL, b" 0 ")
    try:
        wide = parse_integers(values)
    except SamplesError:
        wide = _parse_floats(values)
    letters = np.frombuffer(array, np.uint8)
    commas, nulls = (np.flatnonzero(letters == mark[0]) for mark in (b",", _NULL))
    missing = np.zeros(wide.size, np.bool_)
    missing[np.searchsorted(commas, nulls)] = True
    return wide, missing


def _parse_floats(array: bytes | bytearray) -> NDArray[np.int64]:
    # `null` and `true` have letters of numbers, too, which costs a bad array a second look.
    if _AS_FLOAT.search(array) is None:
        raise SamplesError("not an array of integers")
    values = parse_floats(array)
    if not are_samples(values).all():
        raise SamplesError("a value is not whole, or outside int32")
    return values.astype(np.int64)


def too_many(body: bytes | bytearray, start: int, end: int, max_samples: int) -> bool:
    """Whether a JSON array without strings and nested values has more than `max_samples` elements."""
    return body.count(b",", start, end) >= max_samples


def finished(signals: Sequence[Signal | Postponed], body: bytes | bytearray) -> list[Signal]:
    """All signals of a body of which nothing else is needed any more."""
    done: list[Signal] = []
    for signal in reversed(signals):
        if isinstance(signal, Postponed):
            assert isinstance(body, bytearray)
            done.append(signal.read(body, parse))
        else:
            done.append(signal)
    done.reverse()
    return done


def integers_by_simdjson(array: bytes | bytearray) -> NDArray[np.int64]:
    return np.frombuffer(_simdjson_buffer(array, "i"), dtype=np.int64)


def floats_by_simdjson(array: bytes | bytearray) -> NDArray[np.float64]:
    return np.frombuffer(_simdjson_buffer(array, "d"), dtype=np.float64)


def _simdjson_buffer(array: bytes | bytearray, kind: Literal["i", "d"]) -> bytes:
    try:
        # A parser of its own: one that is used again keeps the memory of the longest, and its last result alive.
        read = cast("simdjson.Array", simdjson.Parser().parse(cast("Any", array)))
        return read.as_buffer(of_type=kind)
    except (ValueError, TypeError, RuntimeError):
        raise SamplesError("not an array of numbers within 64 bits") from None


def integers_by_msgspec(array: bytes | bytearray) -> NDArray[np.int64]:
    return _by_msgspec(array, _integers, np.int64)


def floats_by_msgspec(array: bytes | bytearray) -> NDArray[np.float64]:
    return _by_msgspec(array, _floats, np.float64)


def _by_msgspec(
    array: bytes | bytearray, decoder: msgspec.json.Decoder[Any], kind: type[Any]
) -> NDArray[Any]:
    try:
        return np.array(decoder.decode(array), dtype=kind)
    except (msgspec.DecodeError, OverflowError):
        raise SamplesError("not an array of numbers within 64 bits") from None


# A third of the time, and 16 bytes a sample while it works instead of 36.
parse_integers: Callable[[bytes | bytearray], NDArray[np.int64]] = (
    integers_by_simdjson if HAS_SIMDJSON else integers_by_msgspec
)
parse_floats: Callable[[bytes | bytearray], NDArray[np.float64]] = (
    floats_by_simdjson if HAS_SIMDJSON else floats_by_msgspec
)
