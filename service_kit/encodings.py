"""Content encodings of bodies: gzip and zstd, taken apart up to a limit and not a byte further."""

import asyncio
import zlib

import pyarrow as pa
from fastapi import Request

from schemas.problems import MalformedError, TooLargeError, UnsupportedMediaError

IDENTITY, GZIP, ZSTD = "identity", "gzip", "zstd"
_NAMES = {"": IDENTITY, IDENTITY: IDENTITY, GZIP: GZIP, "x-gzip": GZIP, ZSTD: ZSTD}
# zlib's way to say: with a gzip header, of any window.
_GZIP_WINDOW_BITS = 31


def content_encoding(request: Request) -> str:
    """How the body is encoded. Raises UnsupportedMediaError for any other way, or several at once."""
    told = request.headers.get("content-encoding", "").strip().lower()
    if told not in _NAMES:
        raise UnsupportedMediaError(f"send the body as it is, or with Content-Encoding: {GZIP} or {ZSTD}")
    return _NAMES[told]


async def decoded(body: bytes, encoding: str, *, max_bytes: int) -> bytes:
    """What `body` holds, taken apart beside the event loop.

    Raises TooLargeError as soon as that is more than `max_bytes`, MalformedError where it breaks off or is broken.
    """
    if encoding == IDENTITY:
        return body
    return await asyncio.to_thread(_gunzip if encoding == GZIP else _unzstd, body, max_bytes)


def _gunzip(body: bytes, max_bytes: int) -> bytes:
    decompressor = zlib.decompressobj(_GZIP_WINDOW_BITS)
    try:
        content = decompressor.decompress(body, max_bytes + 1)
    except zlib.error:
        raise _broken(GZIP) from None
    if len(content) > max_bytes:
        raise _too_large(max_bytes)
    # One member: a million of nothing would be a million of steps for a body of a few bytes each.
    if not decompressor.eof or decompressor.unused_data:
        raise _broken(GZIP)
    return content


def _unzstd(body: bytes, max_bytes: int) -> bytes:
    try:
        with pa.CompressedInputStream(pa.BufferReader(body), ZSTD) as stream:
            content: bytes = stream.read(max_bytes + 1)
    except OSError:
        raise _broken(ZSTD) from None
    if len(content) > max_bytes:
        raise _too_large(max_bytes)
    return content


def _broken(encoding: str) -> MalformedError:
    return MalformedError(f"the body is not one whole {encoding} stream")


def _too_large(max_bytes: int) -> TooLargeError:
    return TooLargeError(f"at most {max_bytes} bytes are taken, also after decompression")
