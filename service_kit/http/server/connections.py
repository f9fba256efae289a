"""One caller's connection: what is no request gets a problem as well, and nobody holds a connection by dawdling.

uvicorn's own protocol answers what its parser refuses with plain text, at once and even in front of an answer that
is still owed; it waits for ever for a head, for the rest of a body that nobody reads, and for a caller who does
not read; and it closes with bytes unread, which makes the other side forget the answer that it got. All of that is
mended or bounded here, by a look at each connection once a second rather than by timers of each request; requests
that come as they should pay next to nothing.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from schemas.problems import BodyTimeoutError, Problem
from service_kit.http.pace import Pace
from service_kit.http.server.connection_limit import ConnectionLimit
from service_kit.http.server.refusals import refusal
from service_kit.http.server.requests import Requests
from service_kit.http.server.unread_body import Unasked

_LOOK_SECONDS = 1.0
# Thrown away for a caller who reads the answer last: four of the largest uploads, and no memory at all.
DISCARDED_MAX_BYTES = 134_217_728
# More turns of the loop than it takes to read what came before a stop; uvicorn looks ten times a second who is left.
_UNREAD_SECONDS = 0.05
# For a caller for whom there is no room.
_TURNED_AWAY = Pace(bytes_per_second=DISCARDED_MAX_BYTES, most_seconds=2.0)


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long callers are waited for, in seconds.

    `head_seconds`: from a request's first byte to the end of its headers, on a new connection from its opening;
    `answer_seconds`: from an answer to its being read; `pace`: of a body that its answer did not wait for.
    """

    head_seconds: float
    answer_seconds: float
    pace: Pace


class _Ending:
    """What a cycle has for its transport: the connection's own, but for the end, which may have to read on."""

    def __init__(self, transport: asyncio.Transport, end: Callable[[], None]) -> None:
        self.write = transport.write
        self.is_closing = transport.is_closing
        self.close = end


class Connection(Requests):
    """A connection that ends in bounded time, whatever the caller does."""

    def __init__(self, *args: Any, timeouts: Timeouts, limit: ConnectionLimit, **options: Any) -> None:
        super().__init__(*args, **options)
        self._timeouts = timeouts
        self._limit = limit
        self._has_place = False
        self._looking: asyncio.TimerHandle | None = None
        self._unread_since: float | None = None
        # Since when what comes is thrown away, and how much that is; None while it is wanted.
        self._discarding_since: float | None = None
        self._discarded_bytes = 0
        # The last answer of this connection, once it is known; whether this side has said all that it will.
        self._last_answer: bytes | None = None
        self._left = False
        # Whether the caller has said that nothing more comes; whether the service stops.
        self._no_more = self._stopping = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._head_since = self.loop.time()
        self._looking = self.loop.call_later(_LOOK_SECONDS, self._look)
        try:
            self._limit.take(self.client)
            self._has_place = True
        except Problem as problem:
            self._refuse(problem)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._looking is not None:
            self._looking.cancel()
        if self._has_place:
            self._limit.give_back(self.client)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._discarding_since is not None:
            self._discarded_bytes += len(data)
        if not self._left and self._last_answer is None:
            super().data_received(data)

    def shutdown(self) -> None:
        self._stopping = True
        if self._is_idle() and not self._left:
            # What has come and was not read yet is a request like any other, and would be reset with the connection.
            self.loop.call_later(_UNREAD_SECONDS, super().shutdown)
            return
        if self._left:
            self.transport.close()
        super().shutdown()

    def eof_received(self) -> bool:  # type: ignore[override]
        """Whether to stay for answers that are owed: some callers close their half behind their last request."""
        self._no_more = True
        return not self._in_body and not self._owes_nothing()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        if self._stopping:
            cycle.keep_alive = False
        cycle.transport = cast("asyncio.Transport", _Ending(self.transport, self._end))
        if cycle.waiting_for_100_continue:
            app = Unasked(app, cycle)
        super()._start_asgi_task(cycle, app)

    def on_message_complete(self) -> None:
        if not self._left:
            self._discarding_since = None
        super().on_message_complete()

    def on_response_complete(self) -> None:
        if self.cycle.response_complete:
            # What came of a body that nobody asked for would be held until the next request.
            self.cycle.body = b""  # type: ignore[assignment]
        super().on_response_complete()
        if self._head_since is not None or self._left:
            # The next request has begun, or there is none: the connection is not idle.
            self._unset_keepalive_if_required()
        if self._left or not self._owes_nothing():
            return
        if self._last_answer is not None:
            self._say_last()
        elif self._no_more:
            self.transport.close()
        elif self._in_body:
            self._discard()

    def _refuse(self, problem: Problem) -> None:
        """Let `problem` be the last answer, behind those that are owed."""
        if self._left or self._last_answer is not None:
            return
        self._last_answer = refusal(problem, self.headers or (), self.server_state.default_headers)
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

    def _say_last(self) -> None:
        if self._last_answer is not None and not self._left and not self.transport.is_closing():
            self.transport.write(self._last_answer)
            self._leave()

    def _end(self) -> None:
        """Close behind an answer that is the last."""
        if self._in_body and not self.transport.is_closing():
            self._leave()
        else:
            self.transport.close()

    def _leave(self) -> None:
        """Say no more and read on, until the other side has come to read the answer, and closes."""
        if self._no_more:
            self.transport.close()
            return
        self._left = True
        self.pipeline.clear()
        self.transport.write_eof()
        self.flow.resume_reading()
        self._discard()

    def _discard(self) -> None:
        """Throw away what comes from now on."""
        self._discarding_since = self.loop.time()
        self._discarded_bytes = 0
        self._unset_keepalive_if_required()

    def _look(self) -> None:
        """See whether the caller is overdue with anything; looks again in a second."""
        now = self.loop.time()
        self._looking = self.loop.call_later(_LOOK_SECONDS, self._look)
        unread = self.transport.get_write_buffer_size() > 0
        self._unread_since = (self._unread_since or now) if unread else None
        if self._unread_since is not None and now - self._unread_since > self._timeouts.answer_seconds:
            self.transport.abort()
        elif self._discarding_since is not None:
            if self._is_enough(now - self._discarding_since):
                self.transport.abort()
        elif self._head_since is not None:
            if now - self._head_since > self._timeouts.head_seconds and not self.flow.read_paused:
                self._give_up_head()
        elif self._is_idle() and self.timeout_keep_alive_task is None:
            # uvicorn stopped waiting when the rest of an unread body came.
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def _is_enough(self, seconds: float) -> bool:
        """Whether so much has been thrown away, or for so long, that the caller is given up."""
        pace = self._timeouts.pace if self._has_place else _TURNED_AWAY
        return seconds > pace.seconds(self._discarded_bytes) or self._discarded_bytes > DISCARDED_MAX_BYTES

    def _give_up_head(self) -> None:
        if self._head_begun:
            seconds = self._timeouts.head_seconds
            self._refuse(BodyTimeoutError(f"the headers were not there after {seconds:g} seconds"))
        else:
            self.transport.close()
