"""Signals found in the JSON of an upload: nearly all of its bytes, and none of its structure.

What is left, the skeleton, is small; whatever is asked of an upload's structure is asked of that. A skeleton
and arrays that are valid JSON are those of a body that is. The arrays stay where they are: only the skeleton is
copied, and a body that would make a large one is refused.
"""

import re
from typing import NamedTuple

# Possessive: the pattern would else keep a place to come back to for each escape, 64 times the bytes of the text.
STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
EMPTY = b"[]"
# What each lead may take beside its signal, and what the recording may: a hundred times what they need.
_BYTES_BESIDE_A_SIGNAL = 4_096


class Place(NamedTuple):
    """From where to where in the body, the end not included."""

    start: int
    end: int


class Cut(NamedTuple):
    """`skeleton`: the body with an empty array in the place of each that is at one of `places`, in their order."""

    skeleton: bytes
    places: list[Place]


class UncutError(ValueError):
    """The body has more strings and arrays than it may, or more beside its arrays, or a string without an end."""


def max_skeleton_bytes(leads: int) -> int:
    """The most bytes that a body of so many leads may have beside their signals."""
    return _BYTES_BESIDE_A_SIGNAL * (1 + leads)


def cut(body: bytes | bytearray, *, max_steps: int, max_bytes: int) -> Cut:
    """Cut out every array that has no string, array or object in it. Looks at the brackets and quotes alone.

    `max_steps`: the most strings and arrays that are looked at, so that no body takes long. `max_bytes`: the most
    that may be left. Raises UncutError.
    """
    places: list[Place] = []
    opening, closing, quote, brace = (_Finder(body, mark) for mark in (b"[", b"]", b'"', b"{"))
    at = 0
    while (start := opening.after(at)) < len(body):
        while (string := quote.after(at)) < start:
            found = STRING.match(body, string)
            max_steps -= 1
            if found is None or max_steps < 0:
                raise UncutError
            at = found.end()
        if at > start:
            # The bracket is in a string.
            continue
        max_steps -= 1
        if max_steps < 0:
            raise UncutError
        at = start + 1
        end = closing.after(at)
        if end < min(opening.after(at), quote.after(at), brace.after(at)):
            at = end + 1
            places.append(Place(start, at))
    if len(body) - sum(end - start for start, end in places) > max_bytes:
        raise UncutError
    return Cut(_skeleton(body, places), places)


def _skeleton(body: bytes | bytearray, places: list[Place]) -> bytes:
    starts = (0, *(place.end for place in places))
    ends = (*(place.start for place in places), len(body))
    return EMPTY.join(body[start:end] for start, end in zip(starts, ends, strict=True))


def members(skeleton: bytes) -> int:
    """How many members all objects of a skeleton have, those given twice twice. It must be valid JSON."""
    return STRING.sub(b"", skeleton).count(b":")


class _Finder:
    """The next place of a mark, for questions that only go forward: the body is searched once in all."""

    def __init__(self, body: bytes | bytearray, mark: bytes) -> None:
        self._body = body
        self._mark = mark
        self._found = -1

    def after(self, at: int) -> int:
        """The first place of the mark from `at` on; the body's length where there is none."""
        if self._found < at:
            found = self._body.find(self._mark, at)
            self._found = len(self._body) if found == -1 else found
        return self._found
