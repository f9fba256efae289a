"""Signals cut out of the JSON of an upload: nearly all of its bytes, and none of its structure.

What is left, the skeleton, is small; whatever is asked of an upload's structure is asked of that. A skeleton
and arrays that are valid JSON are those of a body that is.
"""

import re
from typing import NamedTuple

_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
EMPTY = b"[]"


class Cut(NamedTuple):
    """`skeleton`: the body with an empty array in the place of each of `arrays`, which are in its order."""

    skeleton: bytes
    arrays: list[bytes]


class UncutError(ValueError):
    """The body has more strings and arrays than it may, or a string without an end."""


def cut(body: bytes, *, max_steps: int) -> Cut:
    """Cut out every array that has no string, array or object in it. Looks at the brackets and quotes alone.

    `max_steps`: the most strings and arrays that are looked at, so that no body takes long. Raises UncutError.
    """
    opening, closing, quote, brace = (_Finder(body, mark) for mark in (b"[", b"]", b'"', b"{"))
    left: list[bytes] = []
    arrays: list[bytes] = []
    at = done = 0
    while (start := opening.after(at)) < len(body):
        while (string := quote.after(at)) < start:
            found = _STRING.match(body, string)
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
            left.append(body[done:start])
            at = done = end + 1
            arrays.append(body[start:done])
    left.append(body[done:])
    return Cut(EMPTY.join(left), arrays)


def members(skeleton: bytes) -> int:
    """How many members all objects of a skeleton have, those given twice twice. It must be valid JSON."""
    return _STRING.sub(b"", skeleton).count(b":")


class _Finder:
    """The next place of a mark, for questions that only go forward: the body is searched once in all."""

    def __init__(self, body: bytes, mark: bytes) -> None:
        self._body = body
        self._mark = mark
        self._found = -1

    def after(self, at: int) -> int:
        """The first place of the mark from `at` on; the body's length where there is none."""
        if self._found < at:
            found = self._body.find(self._mark, at)
            self._found = len(self._body) if found == -1 else found
        return self._found
