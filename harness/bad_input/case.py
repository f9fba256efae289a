"""One bad input: how it is sent, and the answer it is promised."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

# Planted wherever text can stand; no answer and no log may hold it.
MARKER = "nobody-may-read-this"

# none: no token. The others are signed, or not, by the fixtures of the test.
Who = Literal["client", "admin", "nobody", "expired", "stranger", "junk", "basic"]
Content = bytes | Callable[[], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Case:
    """`status` and `problem` (no type where the input is good after all) answer each of `contents` alike.

    `pointer`, `parameter`, `offset`: the place that is told; an offset of -1 is the end of what was sent.
    A callable content is sent in chunks, without a Content-Length. `raw`: exactly these headers are sent,
    whatever they say of the content. In paths, `{name}` stands for what the test has made.
    """

    name: str
    status: int
    problem: str = ""
    contents: tuple[Content, ...] = (b"",)
    pointer: str | None = None
    parameter: str | None = None
    offset: int | None = None
    method: str = "POST"
    path: str = "/v1/ecgs"
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    who: Who = "client"
    raw: bool = False

    @property
    def place(self) -> str:
        """Where the answer says that the fault is, in Markdown."""
        if self.offset is not None:
            return "the byte of its end" if self.offset == -1 else "its byte"
        if self.pointer is not None:
            return f'`"{self.pointer}"`'
        return "" if self.parameter is None else f"`{self.parameter}`"


def as_json(value: Any) -> bytes:
    """`value` as a client would send it."""
    return json.dumps(value, separators=(",", ":")).encode()
