"""Reading a request's body: bounded in bytes and in time, and refused before it is read where that can be known."""

import asyncio
from collections.abc import Callable

from fastapi import Request
from starlette.requests import ClientDisconnect

from schemas.problems import BodyTimeoutError, MalformedError, TooLargeError, UnsupportedMediaError
from service_kit.http.pace import Pace

_JSON = "application/json"


def require_json(request: Request) -> None:
    """Raise UnsupportedMediaError unless the body is announced as plain JSON in UTF-8."""
    media_type, _, parameters = request.headers.get("content-type", "").partition(";")
    if media_type.strip().lower() != _JSON:
        raise UnsupportedMediaError(f"send Content-Type: {_JSON}")
    charset = parameters.strip().lower()
    if charset and charset.replace('"', "").replace(" ", "") != "charset=utf-8":
        raise UnsupportedMediaError("JSON is read as UTF-8 and takes no other parameter")


def require_unencoded(request: Request) -> None:
    """Raise UnsupportedMediaError where the body is announced with a content encoding."""
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise UnsupportedMediaError("send the body without a content encoding")


async def read_body(request: Request, *, max_bytes: int, pace: Pace) -> bytes:
    """The whole body, as `read_chunks` reads it."""
    return joined(await read_chunks(request, max_bytes=max_bytes, pace=pace))


def joined(chunks: list[bytes]) -> bytes:
    """The chunks as one; a single one is not copied."""
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


async def read_chunks(
    request: Request,
    *,
    max_bytes: int,
    pace: Pace,
    hold: Callable[[int], None] = lambda _: None,
) -> list[bytes]:
    """The whole body, as it comes.

    `hold` is told how many bytes there are or will be, as soon as they are known, and may raise.
    Raises TooLargeError over `max_bytes`, before reading where Content-Length says so; BodyTimeoutError when it
    comes more slowly than `pace` has it; MalformedError when the client went away.
    """
    announced = _announced_bytes(request)
    too_large = TooLargeError(f"at most {max_bytes} bytes are taken")
    if announced > max_bytes:
        raise too_large
    hold(announced)
    chunks: list[bytes] = []
    size = 0
    began = asyncio.get_running_loop().time()
    try:
        async with asyncio.timeout(pace.seconds(0)) as limit:
            async for chunk in request.stream():
                size += len(chunk)
                if size > max_bytes:
                    raise too_large
                if size > announced:
                    hold(size)
                chunks.append(chunk)
                # Nothing more is waited for where all is there that was announced.
                if size != announced:
                    limit.reschedule(began + pace.seconds(size))
    except TimeoutError:
        raise BodyTimeoutError(pace.missed) from None
    except ClientDisconnect:
        raise MalformedError("the connection ended before the body did") from None
    return chunks


def _announced_bytes(request: Request) -> int:
    """How long the body is by its Content-Length; 0 where nothing is said."""
    told = request.headers.get("content-length", "")
    return int(told[:20]) if told.isascii() and told.isdigit() else 0
