"""A way through JSON where it lies: from value to value, with nothing made of what is passed over.

The body must be JSON. `at` is where one stands; who looks at a value moves to its end, `skip` does it for any.
"""

import re
from collections.abc import Callable, Iterator

import msgspec

from formats.json.signals import STRING

_BLANKS = re.compile(rb"[ \t\n\r]*+")
_SCALAR = re.compile(rb"[^ \t\n\r,:\"\[\]{}]++")
# Numbers, commas and blanks up to a text, an array or object, or the end of the one that they are in.
_PLAIN = re.compile(rb'[^"\[\]{}]*+')
_MARK = re.compile(_PLAIN.pattern + rb"(?:" + STRING.pattern + rb"|[\[\]{}])", re.DOTALL)
# No member that is known has a name as long, however it is escaped.
_NAME_MAX_BYTES = 256


class Walker:
    """`at`: a place in the body. `step` is called for each thing that is met, and may raise to end the walk."""

    def __init__(self, body: bytes | bytearray, step: Callable[[], None]) -> None:
        self.body = body
        self.at = 0
        self._step = step
        self._to_end_of(_BLANKS)

    def is_at(self, marks: bytes) -> bool:
        """Whether one of these bytes is here."""
        return self.body[self.at] in marks

    def is_blank(self, start: int, end: int) -> bool:
        """Whether there is nothing but blanks from `start` to `end`."""
        found = _BLANKS.match(self.body, start, end)
        return found is not None and found.end() == end

    def value(self) -> tuple[int, int]:
        """From where to where the value that is here goes; moves behind it."""
        start = self.at
        self.skip()
        return start, self.at

    def skip(self) -> None:
        """Move behind the value that is here."""
        if self.is_at(b'"'):
            self._to_end_of(STRING)
        elif self.is_at(b"[{"):
            self._skip_nested()
        else:
            self._to_end_of(_SCALAR)

    def elements(self) -> Iterator[int]:
        """The indices of an array's elements, or an object's members, while standing at each."""
        index = 0
        self._forward()
        while not self.is_at(b"]}"):
            self._step()
            yield index
            index += 1
            self._to_end_of(_BLANKS)
            if self.is_at(b","):
                self._forward()
        self.at += 1

    def members(self) -> Iterator[str]:
        """The names of an object's members, while standing at the value of each; "" for one far too long."""
        for _ in self.elements():
            start, end = self.value()
            self._to_end_of(_BLANKS)
            self._forward()
            yield msgspec.json.decode(self.body[start:end]) if end - start <= _NAME_MAX_BYTES else ""

    def runs(self) -> Iterator[tuple[int, int]]:
        """Of an array, from where to where the plain values go that stand between commas before each other one.

        Standing at that other one; the last run goes to the array's end. Either may be blank.
        """
        self.at += 1
        while True:
            start = self.at
            self._to_end_of(_PLAIN)
            if self.is_at(b"]"):
                break
            self._step()
            yield start, max(start, self.body.rfind(b",", start, self.at))
            self._to_end_of(_BLANKS)
            if self.is_at(b"]"):
                start = self.at
                break
            self.at += 1
        yield start, self.at
        self.at += 1

    def _forward(self) -> None:
        self.at += 1
        self._to_end_of(_BLANKS)

    def _skip_nested(self) -> None:
        depth = 0
        while True:
            self._step()
            self._to_end_of(_MARK)
            last = self.body[self.at - 1]
            depth += (last in b"[{") - (last in b"]}")
            if not depth:
                return

    def _to_end_of(self, pattern: re.Pattern[bytes]) -> None:
        found = pattern.match(self.body, self.at)
        assert found is not None, "it is JSON"
        self.at = found.end()
