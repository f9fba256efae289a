"""The worst bodies known, as large as is taken: what takes longest to find wrong, and what is most when it is good."""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

# A little below what is taken.
_BYTES = 31_000_000
_JSON = ("Content-Type", "application/json")


@dataclass(frozen=True, slots=True)
class Hostile:
    """A body with its headers."""

    name: str
    headers: tuple[tuple[str, str], ...]
    content: bytes


def bodies() -> list[Hostile]:
    """Each as it is, and in zstd and gzip, where it is some kilobytes."""
    return [body for name, content in _contents() for body in _encoded(name, content)]


def _contents() -> Iterator[tuple[str, bytes]]:
    yield "good", _leads(_many(b"-12,", 8))
    yield "good, of one digit but for one sample", _leads(b"70000," + _many(b"1,", 4))
    yield "a text at the end", _signal(_many(b"1234567,") + b'"1"')
    yield "texts", _signal(_many(b'"12",') + b"1")
    yield "floats", _signal(_many(b"12.5,") + b"1")
    yield "long numbers", _signal(_many(b"9" * 100_000 + b",") + b"1")
    yield "escapes", b'{"id":"' + _many(rb"\"") + b'"}'
    yield "broken here and there", _signal(_many(b"1234567," * 20_000 + b"1.5,") + b"1")


def _many(text: bytes, leads: int = 1) -> bytes:
    return text * (_BYTES // leads // len(text))


def _signal(samples: bytes) -> bytes:
    return b'{"leads":[{"name":"I","signal":[' + samples + b"]}]}"


def _leads(samples: bytes) -> bytes:
    count = _BYTES // len(samples)
    leads = (b'{"name":"%d","signal":[%b1]}' % (index, samples) for index in range(count))
    return b'{"leads":[' + b",".join(leads) + b"]}"


def _encoded(name: str, content: bytes) -> Iterator[Hostile]:
    yield Hostile(name, (_JSON,), content)
    yield Hostile(
        f"{name}, zstd",
        (_JSON, ("Content-Encoding", "zstd")),
        pa.compress(content, codec="zstd", asbytes=True),
    )
    yield Hostile(f"{name}, gzip", (_JSON, ("Content-Encoding", "gzip")), gzip.compress(content, 6))
