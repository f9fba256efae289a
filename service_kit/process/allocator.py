"""Has the C allocator keep the memory of one request for the next.

glibc hands the large buffers of a request back to the machine when it ends, and the next request pays for each of
their pages again: a tenth of what an upload costs.
"""

import ctypes

# Names of parameters in glibc's malloc.h, and what they are set to.
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD = -1, -2, -3
# Buffers up to this size are kept and used again: all those of an ordinary upload. Larger ones go back at once.
_KEPT_BUFFER_BYTES = 4 * 1024 * 1024
# The most that lies unused at the end of the heap before it is handed back.
_KEPT_BYTES = 64 * 1024 * 1024
# By how much the heap grows at a time.
_GROWTH_BYTES = 1024 * 1024


# The least that goes back at once where memory is to go back: what is made of a piece of a body stays.
_GIVEN_BACK_BUFFER_BYTES = 512 * 1024


def keep() -> None:
    """Keep freed buffers for the next ones; does nothing where the C library is not glibc."""
    _set(_KEPT_BUFFER_BYTES, _KEPT_BYTES)


def give_back() -> None:
    """Give large buffers back when they are freed, which glibc by itself stops to do; nothing where it is not glibc."""
    _set(_GIVEN_BACK_BUFFER_BYTES, _GIVEN_BACK_BUFFER_BYTES)


def _set(mmap_threshold: int, trim_threshold: int) -> None:
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        for parameter, value in (
            (_MMAP_THRESHOLD, mmap_threshold),
            (_TRIM_THRESHOLD, trim_threshold),
            (_TOP_PAD, _GROWTH_BYTES),
        ):
            mallopt(parameter, value)
