"""JSON answers that a client may keep and ask about: strong ETags, and 304 where nothing has changed."""

import hashlib

import msgspec
from fastapi import Request, Response

from service_kit.http import openapi

_CACHE_CONTROL = "private, no-cache"
_TAG_HEX_DIGITS = 32

# Of every route that replies, for the API's document.
UNCHANGED: openapi.Responses = {304: {"description": "Nothing has changed since the ETag in If-None-Match."}}
TAGGED = {"ETag": "Of this very answer."}
IF_NONE_MATCH = ("If-None-Match", "An `ETag`: 304 while nothing has changed.")

_encoder = msgspec.json.Encoder()


def reply(request: Request, content: msgspec.Struct, headers: dict[str, str] | None = None) -> Response:
    """200 with `content`, or 304 when the client holds the very same bytes."""
    body = _encoder.encode(content)
    tag = f'"{hashlib.sha256(body).hexdigest()[:_TAG_HEX_DIGITS]}"'
    told = {"etag": tag, "cache-control": _CACHE_CONTROL, **(headers or {})}
    if _is_held(request.headers.get("if-none-match"), tag):
        return Response(status_code=304, headers=told)
    return Response(body, media_type="application/json", headers=told)


def unkept(status: int, content: msgspec.Struct, headers: dict[str, str] | None = None) -> Response:
    """`content` as an answer that nobody may keep."""
    told = {"cache-control": "no-store", **(headers or {})}
    return Response(_encoder.encode(content), status, media_type="application/json", headers=told)


def _is_held(if_none_match: str | None, tag: str) -> bool:
    if if_none_match is None:
        return False
    held = [one.strip().removeprefix("W/") for one in if_none_match.split(",")]
    return tag in held or held == ["*"]
