"""Members given twice in one object, which JSON decoders pass over in silence, keeping the last."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

# What stands between brackets without strings and nested values: samples, of which no name is asked.
_NUMBERS = re.compile(rb"\[[^\[\]{}\"]*\]")

Buffer = Any


def skeleton(body: bytes, signals: Sequence[Buffer]) -> bytes:
    """`body` without its `signals`, which are views into it in order: what is left to look at is small."""
    base = _address(body)
    parts: list[bytes] = []
    done = 0
    for signal in signals:
        start = _address(signal) - base
        parts += (body[done:start], b"0")
        done = start + len(memoryview(signal))
    parts.append(body[done:])
    return b"".join(parts)


def duplicates(body: bytes) -> Iterator[tuple[str, str]]:
    """Of each member given twice in an upload or a lead: the JSON pointer of its object, and its name.

    `body` must be valid JSON. Objects at any other place are passed over: they are errors by themselves.
    """
    try:
        upload = json.loads(_NUMBERS.sub(b"0", body), object_pairs_hook=_Members, parse_int=_ignore)
    except RecursionError:
        return
    if not isinstance(upload, _Members):
        return
    yield from (("", name) for name in upload.repeated())
    leads = next((value for name, value in upload if name == "leads" and isinstance(value, list)), [])
    for index, lead in enumerate(leads):
        if isinstance(lead, _Members):
            yield from ((f"/leads/{index}", name) for name in lead.repeated())


class _Members(list[tuple[str, Any]]):
    def repeated(self) -> Iterator[str]:
        times = Counter(name for name, _ in self)
        return (name for name, count in times.items() if count > 1)


def _ignore(_: str) -> None:
    """Numbers are not looked at, however long."""


def _address(buffer: Buffer) -> int:
    address: int = np.frombuffer(buffer, dtype=np.uint8).__array_interface__["data"][0]
    return address
