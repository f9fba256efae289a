"""A lead's samples, from the JSON they came as to a numpy array, without a Python object for each.

numpy's text parser is faster than a list of ints and takes 8 bytes a sample instead of 36, but it takes more
than integers. What it is given here is known to be JSON, and a JSON array without certain characters holds
integers alone: `.`, `e` or `E` stand in every other number, `"` in strings, `u` or `e` in true, false and
null, `[` and `{` in nested values.
"""

import numpy as np

from schemas.ecg import SAMPLE_MAX, SAMPLE_MIN, Samples, narrowest

_NEVER_IN_INTEGERS = (b".", b"e", b"E", b'"', b"u", b"{")
# Spaces in numpy's separator stand for any white space, also none.
_SEPARATOR = " , "


class SamplesError(ValueError):
    """Not an array of integers within 32 bits, or too long a one; the text holds nothing of it."""


def parse_samples(array: bytes, *, max_samples: int) -> Samples:
    """The samples in `array`, which must be valid JSON: shape ``(n,)``, int16 where all fit, else int32.

    Raises SamplesError when it is anything but an array of at most `max_samples` integers within int32.
    """
    if array[:1] != b"[" or array.find(b"[", 1) != -1 or any(byte in array for byte in _NEVER_IN_INTEGERS):
        raise SamplesError("not an array of integers")
    # n samples are at least n digits and n - 1 commas.
    if len(array) > 2 * max_samples and too_many(array, max_samples):
        raise SamplesError("too many samples")
    inner = array[1:-1].strip()
    if not inner:
        return np.empty(0, dtype=np.int16)
    wide = np.fromstring(inner, dtype=np.int64, sep=_SEPARATOR)
    # Beyond 64 bits the parser gives the largest of 64 bits, which is out of range all the same.
    if wide.min() < SAMPLE_MIN or wide.max() > SAMPLE_MAX:
        raise SamplesError("a sample is outside int32")
    return narrowest(wide.astype(np.int32))


def too_many(array: bytes, max_samples: int) -> bool:
    """Whether a JSON array without strings and nested values has more than `max_samples` elements."""
    return int(np.count_nonzero(np.frombuffer(array, dtype=np.uint8) == ord(","))) >= max_samples
