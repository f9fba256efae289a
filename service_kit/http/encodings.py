"""Content encodings of bodies: gzip and zstd."""

from fastapi import Request

from schemas.problems import UnsupportedMediaError
from service_kit.http.decompression import GZIP, IDENTITY, ZSTD

_NAMES = {"": IDENTITY, IDENTITY: IDENTITY, GZIP: GZIP, "x-gzip": GZIP, ZSTD: ZSTD}


def content_encoding(request: Request) -> str:
    """How the body is encoded. Raises UnsupportedMediaError for any other way, or several at once."""
    told = request.headers.get("content-encoding", "").strip().lower()
    if told not in _NAMES:
        raise UnsupportedMediaError(f"send the body as it is, or with Content-Encoding: {GZIP} or {ZSTD}")
    return _NAMES[told]
