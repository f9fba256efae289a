"""One caller's connection: what is no request gets a problem as well, and nobody holds a connection by dawdling.

uvicorn's own protocol answers what its parser refuses with plain text, at once and even in front of an answer that
is still owed, and waits for ever for a head, for the rest of a body that nobody reads, and for a caller who does
not read. It takes heads and trailers of any size. All of that is bounded here, by a look at each connection once
a second rather than by timers of each request; requests that come as they should pay next to nothing.
"""

import asyncio
import logging
from dataclasses import dataclass
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from schemas.problems import BodyTimeoutError, MalformedError, Problem, UnavailableError
from service_kit import metrics, problems
from service_kit.corked import Corked
from service_kit.middleware import NO_ROUTE, request_id_of

_log = logging.getLogger(__name__)

# Of a request line with all its headers, and of trailers: four times what browsers send at their worst.
HEAD_MAX_BYTES = 32_768
_LOOK_SECONDS = 1.0
# For the caller to read the last answer: who closes with bytes unread makes the other side forget what it got.
_LINGER_SECONDS = 2.0
_RETRY_AFTER_SECONDS = 1
_VERSIONS = ("1.0", "1.1")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long callers are waited for, in seconds, and how many of them there may be.

    `head_seconds`: from a request's first byte to the end of its headers, on a new connection from its opening;
    `answer_seconds`: from an answer to its being read, and to the end of a body that it did not wait for.
    """

    head_seconds: float
    answer_seconds: float
    connections: int


class Connection(HttpToolsProtocol):
    """A connection that ends in bounded time, whatever the caller does."""

    def __init__(self, *args: Any, patience: Patience, **options: Any) -> None:
        super().__init__(*args, **options)
        self._patience = patience
        self._looking: asyncio.TimerHandle | None = None
        # Since when a head is awaited; None while none is.
        self._head_since: float | None = None
        self._head_begun = False
        self._in_body = False
        # Bytes taken since something came of them: a head, or a part of a body.
        self._fruitless_bytes = 0
        self._unread_since: float | None = None
        self._unwanted_since: float | None = None
        # What is wrong with a head, where it was not the parser that found it.
        self._fault: Problem | None = None
        # The last answer of this connection, once it is known; until when the caller may read it, once said.
        self._last_answer: bytes | None = None
        self._linger_until: float | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._head_since = self.loop.time()
        self._looking = self.loop.call_later(_LOOK_SECONDS, self._look)
        if len(self.connections) > self._patience.connections:
            self._refuse(UnavailableError("too many connections are open", retry_after=_RETRY_AFTER_SECONDS))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._looking is not None:
            self._looking.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._last_answer is not None:
            return
        if self._head_since is None and self._is_idle():
            self._head_since = self.loop.time()
        self._fruitless_bytes += len(data)
        super().data_received(data)
        if self._fruitless_bytes > HEAD_MAX_BYTES and self._last_answer is None:
            self._refuse(_too_long())

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head_begun = True
        if self._head_since is None:
            self._head_since = self.loop.time()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        if cycle.scope["method"] != "HEAD":
            cycle.transport = cast("asyncio.Transport", Corked(cycle))
        super()._start_asgi_task(cycle, app)

    def on_header(self, name: bytes, value: bytes) -> None:
        # Behind a body they are trailers, which must not pass for headers.
        if not self._in_body:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._fault = self._fault_of_head()
        if self._fault is not None:
            raise self._fault
        super().on_headers_complete()
        self._head_since = None
        self._head_begun = False
        self._fruitless_bytes = 0
        self._in_body = True

    def on_body(self, body: bytes) -> None:
        self._fruitless_bytes = 0
        waiting = cast("bytes | bytearray", self.cycle.body)
        if not waiting:
            # To no bytes: most bodies come whole, and adding one to an array and taking it out copies it twice.
            self.cycle.body = b""  # type: ignore[assignment]
        elif isinstance(waiting, bytes):
            self.cycle.body = bytearray(waiting)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._in_body = False
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._head_since is not None:
            # The next request has begun: the connection is not idle.
            self._unset_keepalive_if_required()
        if self._last_answer is not None and self._owes_nothing():
            self._say_last()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's name and words
        self._refuse(self._fault or MalformedError("this is not a request of HTTP/1.1 that can be read"))

    def _fault_of_head(self) -> Problem | None:
        size, hosts = len(self.url), 0
        for name, value in self.headers:
            size += len(name) + len(value)
            hosts += name == b"host"
        version = self.parser.get_http_version()
        if size > HEAD_MAX_BYTES:
            return _too_long()
        if version not in _VERSIONS:
            return MalformedError("only HTTP/1.1 and HTTP/1.0 are spoken here")
        # RFC 9112, section 3.2: else a proxy and this server may take the request for two different ones.
        if hosts > 1 or (hosts == 0 and version == "1.1"):
            return MalformedError("a request names its Host, once")
        return None

    def _refuse(self, problem: Problem) -> None:
        """Let `problem` be the last answer, behind those that are owed."""
        self._last_answer = self._rendered(problem)
        if self._in_body and not self.cycle.response_complete:
            self._drop_request()
        elif self._owes_nothing():
            self._say_last()

    def _drop_request(self) -> None:
        """Give up the request whose body is broken, and answer in its place."""
        if self.pipeline:
            # Its turn has not come; the end of the answer before it is waited for.
            self.pipeline.popleft()
            self.cycle.response_complete = True
        elif self.cycle.response_started:
            self.transport.close()
        else:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            self._say_last()

    def _rendered(self, problem: Problem) -> bytes:
        told = next((value for name, value in self.headers or () if name == b"x-request-id"), b"")
        answer = problems.render(problem)
        answer.headers["x-request-id"] = request_id = request_id_of(told.decode("latin-1"))
        answer.headers["connection"] = "close"
        metrics.REQUESTS.labels("other", NO_ROUTE, problem.status).inc()
        _log.info("refused unread", extra={"status": problem.status, "request_id": request_id})
        headers = [*self.server_state.default_headers, *answer.raw_headers]
        lines = [b"%b: %b\r\n" % header for header in headers]
        return b"".join([STATUS_LINE[problem.status], *lines, b"\r\n", answer.body])

    def _say_last(self) -> None:
        if self._last_answer is None or self._linger_until is not None or self.transport.is_closing():
            return
        self._unset_keepalive_if_required()
        self._linger_until = self.loop.time() + _LINGER_SECONDS
        self.transport.write(self._last_answer)
        self.transport.write_eof()
        self.flow.resume_reading()

    def _owes_nothing(self) -> bool:
        return not self.pipeline and (self.cycle is None or self.cycle.response_complete)

    def _is_idle(self) -> bool:
        return self._owes_nothing() and not self._in_body

    def _look(self) -> None:
        """See whether the caller is overdue with anything; looks again in a second."""
        now = self.loop.time()
        self._looking = self.loop.call_later(_LOOK_SECONDS, self._look)
        unread = self.transport.get_write_buffer_size() > 0
        self._unread_since = (self._unread_since or now) if unread else None
        unwanted = self._in_body and self._owes_nothing()
        self._unwanted_since = (self._unwanted_since or now) if unwanted else None
        for since in (self._unread_since, self._unwanted_since):
            if since is not None and now - since > self._patience.answer_seconds:
                self.transport.abort()
                return
        if self._linger_until is not None:
            if now > self._linger_until:
                self.transport.close()
        elif self._head_since is not None:
            if now - self._head_since > self._patience.head_seconds and not self.flow.read_paused:
                self._give_up_head()
        elif self._is_idle() and self.timeout_keep_alive_task is None:
            # uvicorn stopped waiting when the rest of an unread body came.
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def _give_up_head(self) -> None:
        if self._head_begun:
            seconds = self._patience.head_seconds
            self._refuse(BodyTimeoutError(f"the headers were not there after {seconds:g} seconds"))
        else:
            self.transport.close()


def _too_long() -> Problem:
    return MalformedError(f"at most {HEAD_MAX_BYTES} bytes of request line and headers are taken")
