"""A lead's samples, from the JSON they came as to a numpy array.

A long signal is read in pieces: what is needed while it is read is some hundred kilobytes beside the samples.
"""

import re
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any, cast

import msgspec
import numpy as np
from numpy.typing import NDArray

from schemas.ecg import SAMPLE_MAX, SAMPLE_MIN, Samples, narrowest

# There is no wheel of it for the newest Python yet.
HAS_SIMDJSON = find_spec("simdjson") is not None
if HAS_SIMDJSON:
    import simdjson

# A lead of 10 s is 20 kB. A parser takes 24 bytes a sample while it works, which here is 1.5 MB at most.
PIECE_BYTES = 128 * 1024
_BLANKS = re.compile(rb"[ \t\n\r]*+")
_VALUE = re.compile(rb"[^ \t\n\r]*+")
_integers = msgspec.json.Decoder(list[int])
_INT16 = np.iinfo(np.int16)


class SamplesError(ValueError):
    """Not an array of integers within 32 bits, or too long a one; the text holds nothing of it."""


def parse_samples(body: bytes | bytearray, start: int, end: int, *, max_samples: int) -> Samples:
    """The samples of the array at ``body[start:end]``: shape ``(n,)``, int16 where all fit, else int32.

    The array must hold no string and no nested value. Raises SamplesError when it is anything but a JSON array of
    at most `max_samples` integers within int32.
    """
    # n samples are at least n digits and n - 1 commas.
    if end - start > 2 * max_samples and too_many(body, start, end, max_samples):
        raise SamplesError("too many samples")
    if end - start > PIECE_BYTES:
        return _in_pieces(body, start, end)
    wide = parse_integers(body[start:end])
    narrow = narrowest(wide)
    if narrow.dtype != np.int16 and not within_int32(wide):
        raise SamplesError("a sample is outside int32")
    return narrow


def too_many(body: bytes | bytearray, start: int, end: int, max_samples: int) -> bool:
    """Whether a JSON array without strings and nested values has more than `max_samples` elements."""
    return body.count(b",", start, end) >= max_samples


def within_int32(wide: NDArray[np.int64]) -> bool:
    """Whether all of these, one at least, are samples."""
    return bool(wide.min() >= SAMPLE_MIN and wide.max() <= SAMPLE_MAX)


def pieces(body: bytes | bytearray, start: int, end: int) -> Iterator[bytes]:
    """The values at ``body[start:end]``, which stand between commas, as arrays of about PIECE_BYTES.

    One of more than twice as much ends with a value that is longer than any sample, and is cut off in that.
    """
    while end - start > PIECE_BYTES:
        comma = body.find(b",", start + PIECE_BYTES, end)
        if comma == -1:
            break
        yield _array(body, start, comma)
        start = comma + 1
    yield _array(body, start, end)


def _array(body: bytes | bytearray, start: int, end: int) -> bytes:
    most, rest = 2 * PIECE_BYTES, b""
    if end - start > most:
        # There are many blanks about its last value, or that is a long one.
        last = body.rfind(b",", start, end) + 1 or start
        begin = _end(_BLANKS, body, last, end)
        behind = _end(_VALUE, body, begin, end)
        if _end(_BLANKS, body, behind, end) != end:
            # Two values without a comma, which no parser takes.
            behind = end
        rest, end = bytes(body[begin : min(behind, begin + most)]), last
    return b"".join((b"[", memoryview(body)[start:end], rest, b"]"))


def _end(pattern: re.Pattern[bytes], body: bytes | bytearray, start: int, end: int) -> int:
    found = pattern.match(body, start, end)
    return end if found is None else found.end()


def _in_pieces(body: bytes | bytearray, start: int, end: int) -> Samples:
    """As `parse_samples`, of an array that is long: no piece of it is empty."""
    signal: Samples = np.empty(body.count(b",", start, end) + 1, np.int16)
    done = 0
    for piece in pieces(body, start + 1, end - 1):
        if len(piece) > 2 * PIECE_BYTES:
            raise SamplesError("a value that is longer than any sample")
        wide = parse_integers(piece)
        if not wide.size or not within_int32(wide):
            raise SamplesError("a value is missing, or outside int32")
        if signal.dtype == np.int16 and not _fits(wide):
            signal = signal.astype(np.int32)
        signal[done : done + wide.size] = wide
        done += wide.size
    return signal


def _fits(wide: NDArray[np.int64]) -> bool:
    return bool(wide.min() >= _INT16.min and wide.max() <= _INT16.max)


def _by_simdjson(array: bytes | bytearray) -> NDArray[np.int64]:
    try:
        # A parser of its own: one that is used again keeps the memory of the longest, and its last result alive.
        read = cast("simdjson.Array", simdjson.Parser().parse(cast("Any", array)))
        return np.frombuffer(read.as_buffer(of_type="i"), dtype=np.int64)
    except (ValueError, TypeError, RuntimeError):
        raise SamplesError("not an array of integers within 64 bits") from None


def _by_msgspec(array: bytes | bytearray) -> NDArray[np.int64]:
    try:
        return np.array(_integers.decode(array), dtype=np.int64)
    except (msgspec.DecodeError, OverflowError):
        raise SamplesError("not an array of integers within 64 bits") from None


# A third of the time, and 16 bytes a sample while it works instead of 36.
parse_integers: Callable[[bytes | bytearray], NDArray[np.int64]] = (
    _by_simdjson if HAS_SIMDJSON else _by_msgspec
)
