"""Uploads whose compression is broken, or a bomb."""

import gzip
import zlib
from collections.abc import Callable, Iterator

import pyarrow as pa

from harness.bad_input.case import MARKER, Case, Content, as_json

_WHOLE = as_json({"leads": [{"name": MARKER, "signal": [1, -1]}]})
_MEBIBYTE = 1_048_576
_MEBIBYTES = 1_024


def _gzip_bomb() -> Iterator[bytes]:
    compressor = zlib.compressobj(wbits=31)
    for _ in range(_MEBIBYTES):
        yield compressor.compress(bytes(_MEBIBYTE))
    yield compressor.flush()


def _zstd_bomb() -> Iterator[bytes]:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        for _ in range(_MEBIBYTES):
            stream.write(bytes(_MEBIBYTE))
    yield sink.getvalue().to_pybytes()


def _cases(encoding: str, whole: bytes, bomb: Callable[[], Iterator[bytes]]) -> tuple[Case, ...]:
    headers = {"Content-Type": "application/json", "Content-Encoding": encoding}
    half = len(whole) // 2
    broken: tuple[Content, ...] = (_WHOLE, whole[:-1], whole[:half], whole + b"x", b"")
    return (
        Case(
            f"{encoding} that is none, breaks off, or has something behind it",
            400,
            "malformed",
            broken,
            headers=headers,
        ),
        Case(
            f"{encoding} of a body that is no ECG",
            400,
            "malformed",
            (_encoded(b"{", encoding),),
            offset=1,
            headers=headers,
        ),
        Case(f"{encoding} of some kilobytes that would be 1 GiB", 413, "too-large", (bomb,), headers=headers),
    )


def _encoded(content: bytes, encoding: str) -> bytes:
    if encoding == "gzip":
        return gzip.compress(content, mtime=0)
    compressed: bytes = pa.compress(content, codec=encoding, asbytes=True)
    return compressed


COMPRESSED = tuple(
    case
    for encoding, bomb in (("gzip", _gzip_bomb), ("zstd", _zstd_bomb))
    for case in _cases(encoding, _encoded(_WHOLE, encoding), bomb)
)
