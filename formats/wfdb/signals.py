"""The samples in a signal file of WFDB, in each of its formats, and the value by which each says that one is missing.

Source: https://physionet.org/physiotools/wag/signal-5.htm.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats.signal import of_24_bits

Raw = NDArray[np.uint8]
Values = NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True)
class Format:
    """`decode`: so many values of bytes that hold them. `missing`: the value that is none; None where there is no such.

    `size`: of a group of values, in bytes; `rest`: how many bytes each number of values takes that is no whole group.
    """

    decode: Callable[[Raw, int], Values]
    size: int
    rest: tuple[int, ...]
    missing: int | None

    def bytes_for(self, count: int) -> int:
        """How many bytes so many values take."""
        groups, rest = divmod(count, len(self.rest))
        return groups * self.size + self.rest[rest]

    def values_in(self, size: int) -> int:
        """How many values are in so many bytes, as whole groups."""
        return size // self.size * len(self.rest)


def _as(layout: str, zero: int = 0) -> Callable[[Raw, int], Values]:
    def decode(raw: Raw, count: int) -> Values:
        values: Values = raw.view(layout)[:count]
        return values.astype(np.int32) - zero if zero else values

    return decode


def _of_24(raw: Raw, count: int) -> Values:
    return of_24_bits(raw.reshape(-1, 3)[:count])


def _of_212(raw: Raw, count: int) -> Values:
    """Two of 12 bits in three bytes, the halves of the second byte being the highest bits of either."""
    three = _padded(raw, 3).reshape(-1, 3)
    pairs = np.empty((len(three), 2), np.int16)
    for column, mask, shift, lowest in ((0, 0x0F, 8, 0), (1, 0xF0, 4, 2)):
        pairs[:, column] = three[:, 1] & mask
        pairs[:, column] <<= shift
        pairs[:, column] |= three[:, lowest]
    return _signed(pairs.reshape(-1)[:count], 12)


def _of_310(raw: Raw, count: int) -> Values:
    """Three of 10 bits in two words of 16: one above the lowest bit of each, and halves of the third above those."""
    words = _padded(raw, 4).view("<u2").reshape(-1, 2).astype(np.int16)
    threes = np.empty((len(words), 3), np.int16)
    threes[:, 0] = words[:, 0] >> 1 & 0x3FF
    threes[:, 1] = words[:, 1] >> 1 & 0x3FF
    threes[:, 2] = (words[:, 0] >> 11 & 0x1F) | (words[:, 1] >> 11 & 0x1F) << 5
    return _signed(threes.reshape(-1)[:count], 10)


def _of_311(raw: Raw, count: int) -> Values:
    """Three of 10 bits in a word of 32, the first the lowest."""
    words = _padded(raw, 4).view("<u4")
    threes = np.stack([words >> shift & 0x3FF for shift in (0, 10, 20)], axis=1).astype(np.int16)
    return _signed(threes.reshape(-1)[:count], 10)


def _padded(raw: Raw, size: int) -> Raw:
    padded = np.zeros(-(-len(raw) // size) * size, np.uint8)
    padded[: len(raw)] = raw
    return padded


def _signed(values: NDArray[np.int16], bits: int) -> Values:
    values <<= 16 - bits
    values >>= 16 - bits
    return values


# Of differences, whose first sample is in the header, see `formats.wfdb.file`.
DIFFERENCES = 8
FORMATS = {
    DIFFERENCES: Format(_as("i1"), 1, (0,), None),
    16: Format(_as("<i2"), 2, (0,), -(2**15)),
    24: Format(_of_24, 3, (0,), -(2**23)),
    32: Format(_as("<i4"), 4, (0,), -(2**31)),
    61: Format(_as(">i2"), 2, (0,), -(2**15)),
    80: Format(_as("u1", 128), 1, (0,), -(2**7)),
    160: Format(_as("<u2", 2**15), 2, (0,), -(2**15)),
    212: Format(_of_212, 3, (0, 2), -(2**11)),
    310: Format(_of_310, 4, (0, 2, 4), -(2**9)),
    311: Format(_of_311, 4, (0, 2, 3), -(2**9)),
}
