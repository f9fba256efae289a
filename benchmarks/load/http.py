"""HTTP/1.1 over one kept connection, with as little work of its own as Python can have."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Self, cast
from urllib.parse import urlsplit

import httptools


class UnexpectedAnswerError(Exception):
    """An answer that a measurement has no use for; it would only look fast."""


@dataclass(slots=True)
class Answer:
    """An answer, read to its end. Names of headers are in small letters."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)


class Connection(asyncio.Protocol):
    """One request at a time over one connection."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._answer = Answer()
        self._parser = httptools.HttpResponseParser(self)
        self._done: asyncio.Future[Answer] | None = None
        self._transport: asyncio.Transport | None = None

    @classmethod
    async def to(cls, url: str) -> Self:
        """Connect to the server of this URL."""
        parts = urlsplit(url)
        assert parts.hostname is not None
        assert parts.port is not None
        _, connection = await asyncio.get_running_loop().create_connection(
            lambda: cls(parts.netloc), parts.hostname, parts.port
        )
        return connection

    async def request(
        self, method: str, target: str, headers: Iterable[tuple[str, str]] = (), body: tuple[bytes, ...] = ()
    ) -> Answer:
        """Send, and wait for the whole answer. Raises ConnectionError when the server hangs up before."""
        lines = [f"{method} {target} HTTP/1.1", f"Host: {self._host}"]
        lines += [f"{name}: {value}" for name, value in headers]
        if body:
            lines.append(f"Content-Length: {sum(map(len, body))}")
        self._done = asyncio.get_running_loop().create_future()
        assert self._transport is not None
        self._transport.writelines([("\r\n".join(lines) + "\r\n\r\n").encode(), *body])
        return await self._done

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's is no subclass of asyncio's.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's own
        if self._done is not None and not self._done.done():
            self._done.set_exception(ConnectionError("the server hung up"))

    def on_header(self, name: bytes, value: bytes) -> None:
        self._answer.headers[name.decode().lower()] = value.decode()

    def on_body(self, body: bytes) -> None:
        self._answer.body += body

    def on_message_complete(self) -> None:
        answer, self._answer = self._answer, Answer()
        answer.status = self._parser.get_status_code()
        self._parser = httptools.HttpResponseParser(self)
        if self._done is not None and not self._done.done():
            self._done.set_result(answer)


def expect(answer: Answer, *statuses: int) -> Answer:
    """The answer, if it has one of these statuses. Raises UnexpectedAnswerError."""
    if answer.status not in statuses:
        raise UnexpectedAnswerError(f"{answer.status}: {bytes(answer.body[:300])!r}")
    return answer


def bearer(token: str | None) -> tuple[tuple[str, str], ...]:
    """The header that says who asks."""
    return () if token is None else (("Authorization", f"Bearer {token}"),)
