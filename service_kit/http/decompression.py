"""Compressed bodies, gzip and zstd, taken apart up to a limit and not a byte further. Pure.

What comes out grows in one place: it is never there twice.
"""

import zlib
from collections.abc import Callable, Mapping

import pyarrow as pa

from schemas.problems import MalformedError, TooLargeError
from service_kit.http.zstd_frames import stated_bytes as _stated_by_zstd

IDENTITY, GZIP, ZSTD = "identity", "gzip", "zstd"
# zlib's way to say: with a gzip header, of any window.
_GZIP_WINDOW_BITS = 31
# What is read of a body at once, and the most that is made of it at once.
_SENT_BYTES, _PIECE_BYTES = 64 * 1024, 1024 * 1024
# Recordings shrink to a fifth, and to a hundredth where electrodes were off for long. What holds more than this was
# made to; so little is no burden, whatever it was made for.
MOST_TIMES, ALWAYS_TAKEN_BYTES = 200, 4 * 1024 * 1024
# A gzip member ends with the length of what it holds, modulo 2^32.
_GZIP_LENGTH_BYTES = 4

Body = bytes | bytearray


class _TooMuchError(Exception):
    """It is more than was to come out."""


def unpacked(body: Body, encoding: str, *, max_bytes: int) -> Body:
    """What `body` holds.

    Raises TooLargeError as soon as that is more than `max_bytes`, or than MOST_TIMES what was sent and more than
    ALWAYS_TAKEN_BYTES; MalformedError where it is broken: breaks off, or holds another number of bytes than it says.
    Never makes more of it than `most_bytes`.
    """
    taken = _taken(body, encoding, max_bytes)
    most = most_bytes(body, encoding, max_bytes=max_bytes)
    try:
        return _UNPACK[encoding](body, most)
    except _TooMuchError:
        raise _broken(encoding) if most < taken else _too_large(taken, max_bytes) from None


def most_bytes(body: Body, encoding: str, *, max_bytes: int) -> int:
    """The most bytes that `body` can become where `max_bytes` are taken: fewer where it says how many it holds."""
    stated, taken = _STATED[encoding](body), _taken(body, encoding, max_bytes)
    return taken if stated is None else min(stated, taken)


def _taken(body: Body, encoding: str, max_bytes: int) -> int:
    if encoding == IDENTITY:
        return max_bytes
    return min(max_bytes, max(MOST_TIMES * len(body), ALWAYS_TAKEN_BYTES))


def _as_it_is(body: Body, max_bytes: int) -> Body:
    if len(body) > max_bytes:
        raise _TooMuchError
    return body


def _gunzip(body: Body, max_bytes: int) -> Body:
    decompressor = zlib.decompressobj(_GZIP_WINDOW_BITS)
    content, view, at = bytearray(), memoryview(body), 0
    while not decompressor.eof:
        data: Body | memoryview = decompressor.unconsumed_tail
        if not data:
            data = view[at : at + _SENT_BYTES]
            at += len(data)
        try:
            piece = decompressor.decompress(data, _PIECE_BYTES)
        except zlib.error:
            raise _broken(GZIP) from None
        if not data and not piece and not decompressor.eof:
            raise _broken(GZIP)
        content += piece
        if len(content) > max_bytes:
            raise _TooMuchError
    # One member: a million of nothing would be a million of steps for a body of a few bytes each.
    if decompressor.unused_data or at < len(body):
        raise _broken(GZIP)
    return content


def _unzstd(body: Body, max_bytes: int) -> Body:
    content = bytearray()
    try:
        with pa.CompressedInputStream(pa.BufferReader(body), ZSTD) as stream:
            while piece := stream.read(min(_PIECE_BYTES, max_bytes + 1)):
                content += piece
                if len(content) > max_bytes:
                    raise _TooMuchError
    except OSError:
        raise _broken(ZSTD) from None
    return content


def _stated_by_gzip(body: Body) -> int | None:
    return int.from_bytes(body[-_GZIP_LENGTH_BYTES:], "little")


def _broken(encoding: str) -> MalformedError:
    return MalformedError(f"the body is not one whole {encoding} stream")


def _too_large(taken: int, max_bytes: int) -> TooLargeError:
    if taken < max_bytes:
        return TooLargeError(
            f"a compressed body may hold {MOST_TIMES} times its bytes, of this length {taken}; send it uncompressed"
        )
    return TooLargeError(f"at most {max_bytes} bytes are taken, also after decompression")


_UNPACK: Mapping[str, Callable[[Body, int], Body]] = {IDENTITY: _as_it_is, GZIP: _gunzip, ZSTD: _unzstd}
_STATED: Mapping[str, Callable[[Body], int | None]] = {
    IDENTITY: len,
    GZIP: _stated_by_gzip,
    ZSTD: _stated_by_zstd,
}
