"""Long signals, read in pieces: what is needed meanwhile is some hundred kilobytes beside the samples.

A signal may take twice its JSON in memory: of one digit a sample, but for one that needs 32 bits. It is looked at
first, and read when nothing else of the body is needed any more, which goes as it is read.
"""

import re
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from formats.signal import Signal
from schemas.ecg import SAMPLE_MAX, SAMPLE_MIN, Missing, Samples

# A lead of 10 s is 20 kB. A parser takes 24 bytes a sample while it works, which here is 1.5 MB at most.
PIECE_BYTES = 128 * 1024
_BLANKS = re.compile(rb"[ \t\n\r]*+")
_VALUE = re.compile(rb"[^ \t\n\r]*+")
_INT16 = np.iinfo(np.int16)

Parse = Callable[[bytes | bytearray], tuple[NDArray[np.int64], Missing | None]]


class SamplesError(ValueError):
    """Not an array of integers within 32 bits, or too long a one; the text holds nothing of it."""


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
    return b"".join((b"[", bytes(body[start:end]), rest, b"]"))


def _end(pattern: re.Pattern[bytes], body: bytes | bytearray, start: int, end: int) -> int:
    found = pattern.match(body, start, end)
    return end if found is None else found.end()


class Postponed:
    """A signal that was looked at: it is one, has this length, and takes more as samples than as JSON."""

    def __init__(self, start: int, end: int, length: int) -> None:
        self._start = start
        self._end = end
        self._length = length

    def __len__(self) -> int:
        return self._length

    def read(self, body: bytearray, parse: Parse) -> Signal:
        """The samples. `body` is cut off where the signal began."""
        signal = np.empty(self._length, np.int32)
        gaps = _Gaps(self._length)
        left, end = self._length, self._end
        while left:
            # From the end, so that what was read can go.
            comma = body.rfind(b",", self._start, max(end - PIECE_BYTES, self._start))
            start = self._start if comma == -1 else comma
            wide, missing = parse(_array(body, start + 1, end))
            signal[left - wide.size : left] = wide
            gaps.add(left - wide.size, missing)
            left, end = left - wide.size, start
            del body[end:]
        return Signal(signal, gaps.missing)


class _Gaps:
    """Where samples are missing, of a signal that is read in pieces. Takes memory from the first one on."""

    def __init__(self, length: int) -> None:
        self._length = length
        self.missing: Missing | None = None

    def add(self, start: int, missing: Missing | None) -> None:
        """Of the piece whose first sample is at `start`."""
        if missing is not None:
            if self.missing is None:
                self.missing = np.zeros(self._length, np.bool_)
            self.missing[start : start + missing.size] = missing


def read_in_pieces(body: bytes | bytearray, start: int, end: int, parse: Parse) -> Signal | Postponed:
    """The samples of the array at ``body[start:end]``. Raises SamplesError as `parse` does."""
    length = body.count(b",", start, end) + 1
    signal: Samples | None = np.empty(length, np.int16)
    gaps, done = _Gaps(length), 0
    for piece in pieces(body, start + 1, end - 1):
        if len(piece) > 2 * PIECE_BYTES:
            raise SamplesError("a value that is longer than any sample")
        wide, missing = parse(piece)
        if not wide.size or not within_int32(wide):
            raise SamplesError("a value is missing, or outside int32")
        if signal is not None and signal.dtype == np.int16 and not _fits(wide):
            worth_it = isinstance(body, bytearray) and length * 4 > end - start
            signal = None if worth_it else signal.astype(np.int32)
        if signal is not None:
            signal[done : done + wide.size] = wide
            gaps.add(done, missing)
        done += wide.size
    return Postponed(start, end - 1, length) if signal is None else Signal(signal, gaps.missing)


def _fits(wide: NDArray[np.int64]) -> bool:
    return bool(wide.min() >= _INT16.min and wide.max() <= _INT16.max)
