"""The driver's connections on the service's own event loop, over asyncio's transports.

With one of the driver's own loops an answer is read in another thread, which then wakes the one that asked: two
threads take turns at one interpreter, for each statement. Here an answer is read, decoded and handed over in the
loop's thread. What the driver does in threads of its own, as connecting again, trying another node and heartbeats, it
still does there: all methods but those of the protocol may be called in any thread.

Speaks protocol 4. Of the driver's options for sockets it heeds `ssl_context` and the `server_hostname` beside it.
"""

import asyncio
import struct
from collections.abc import Callable
from concurrent.futures import CancelledError
from contextlib import suppress
from threading import get_ident
from typing import Any, ClassVar, cast

from cassandra import OperationTimedOut
from cassandra.connection import Connection, ConnectionException, ConnectionShutdown, ProtocolError, _Frame

# Of what is sent on protocol 4: version and direction, flags, stream, opcode, length of the body.
_HEADER = struct.Struct(">BBhBi")
_VERSION_MASK = 0x7F
# Half of what one connection can tell apart: at all of them, the driver would make who asks wait, and with them the
# loop that is to read the answers. A node that owes so many is refused more, by the next heartbeat it is given up.
_MOST_IN_FLIGHT = 2**14
# A node that has left so much unread is sent no more. Above all that the processor writes at once.
_MOST_UNSENT_BYTES = 16 * 1024 * 1024
# What goes out together. More would hide from the transport how much is unsent.
_MOST_AT_ONCE_BYTES = 64 * 1024


class Reactor:
    """What the connections of one cluster have in common: the loop they live on, and whether they still may.

    To be made in the loop.
    """

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.thread = get_ident()
        self.closed = False
        self.connections: set[LoopConnection] = set()

    def connection_class(self) -> "type[LoopConnection]":
        """For `Cluster(connection_class=...)`."""
        return type("LoopConnection", (LoopConnection,), {"reactor": self})

    def run(self, call: Callable[..., object], *arguments: object) -> None:
        """Call in the loop's thread: at once where this is it, else soon; not at all once the loop is closed."""
        if get_ident() == self.thread:
            call(*arguments)
        else:
            with suppress(RuntimeError):
                self.loop.call_soon_threadsafe(call, *arguments)

    def close(self) -> None:
        """Close every connection and open no more, so that no thread of the driver's waits for one. In the loop."""
        self.closed = True
        for connection in tuple(self.connections):
            connection.close()


class Timer:
    """Calls back in the loop's thread, unless it is cancelled before."""

    def __init__(self, reactor: Reactor, seconds: float, callback: Callable[[], object]) -> None:
        self._reactor = reactor
        self._handle: asyncio.TimerHandle | None = None
        self._cancelled = False
        if get_ident() == reactor.thread:
            self._handle = reactor.loop.call_later(seconds, callback)
        else:
            reactor.run(self._start, seconds, callback)

    def cancel(self) -> None:
        """Forget it."""
        if get_ident() == self._reactor.thread:
            self._cancel()
        else:
            self._reactor.run(self._cancel)

    def _start(self, seconds: float, callback: Callable[[], object]) -> None:
        if not self._cancelled:
            self._handle = self._reactor.loop.call_later(seconds, callback)

    def _cancel(self) -> None:
        self._cancelled = True
        if self._handle is not None:
            self._handle.cancel()


class LoopConnection(Connection, asyncio.Protocol):  # type: ignore[misc]
    """One connection, for the driver and for asyncio at once."""

    reactor: ClassVar[Reactor]
    # A connection that reaches it is replaced, and who asks next may wait for that: see _MOST_IN_FLIGHT.
    orphaned_threshold = 2**15

    @classmethod
    def create_timer(cls, timeout: float, callback: Callable[[], object]) -> Timer:
        """Part of the driver's contract: the time a statement may take."""
        return Timer(cls.reactor, timeout, callback)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Connect, and begin the handshake. Raises what hindered it; waits, so never in the loop's thread."""
        Connection.__init__(self, *args, **kwargs)
        self._opening: asyncio.Task[Any] | None = None
        self._transport: asyncio.Transport | None = None
        self._reads_too_slowly = False
        self._unsent = bytearray()
        self._received = bytearray()
        self._needed = 0
        if get_ident() == self.reactor.thread:
            raise RuntimeError("connecting in the loop's thread would wait for itself")
        if self.reactor.loop.is_closed():
            raise ConnectionShutdown("the service has ended")
        opening = asyncio.run_coroutine_threadsafe(self._open(), self.reactor.loop)
        try:
            opening.result(self.connect_timeout)
        except (TimeoutError, CancelledError) as error:
            opening.cancel()
            self.close()
            raise OperationTimedOut(f"no connection to {self.endpoint}") from error
        self._send_options_message()

    async def _open(self) -> None:
        if self.reactor.closed:
            raise ConnectionShutdown("the service is stopping")
        self.reactor.connections.add(self)
        self._opening = asyncio.current_task()
        try:
            host, port = self.endpoint.resolve()
            await self.reactor.loop.create_connection(
                lambda: self, host, port, ssl=self.ssl_context, server_hostname=self._server_name()
            )
        except BaseException:
            self.reactor.connections.discard(self)
            raise
        finally:
            self._opening = None

    def _server_name(self) -> str | None:
        """As the driver has it: the name is told, and the certificate's compared with it, where the context says so."""
        if self.ssl_context is None:
            return None
        compared = self.endpoint.address if self.ssl_context.check_hostname else ""
        name: str = self.ssl_options.get("server_hostname", compared)
        return name

    def send_msg(self, msg: Any, request_id: int, cb: Callable[[Any], object], **coding: Any) -> int:
        """Send a request; `cb` is called with its answer. Raises ConnectionException where it was not sent."""
        if self.in_flight > _MOST_IN_FLIGHT or self._reads_too_slowly:
            with self.lock:
                self.request_ids.append(request_id)
            raise ConnectionException(f"{self.endpoint} has too much to do", self.endpoint)
        sent: int = Connection.send_msg(self, msg, request_id, cb, **coding)
        return sent

    def wait_for_responses(self, *msgs: Any, **kwargs: Any) -> Any:
        """Part of the driver's contract, with an end in any case: some of its callers set none."""
        if kwargs.get("timeout") is None:
            kwargs["timeout"] = self.connect_timeout
        return Connection.wait_for_responses(self, *msgs, **kwargs)

    def push(self, data: bytes) -> None:
        """Send bytes."""
        self.reactor.run(self._write, data)

    def _write(self, data: bytes) -> None:
        # With all else that this turn of the loop has to send: a packet for each statement costs both sides more.
        if not self._unsent:
            self.reactor.loop.call_soon(self._flush)
        self._unsent += data
        if len(self._unsent) >= _MOST_AT_ONCE_BYTES:
            self._flush()

    def _flush(self) -> None:
        data, self._unsent = self._unsent, bytearray()
        if data and self._transport is not None and not self.is_closed:
            self._transport.write(data)

    def close(self) -> None:
        """End the connection, and with an error all that waits for it."""
        with self.lock:
            if self.is_closed:
                return
            self.is_closed: bool = True
        self.reactor.run(self._abort)
        if not self.is_defunct:
            shutdown = ConnectionShutdown(f"the connection to {self.endpoint} was closed")
            self.last_error: Exception = self.last_error or shutdown
            self.error_all_requests(shutdown)
            self.connected_event.set()

    def _abort(self) -> None:
        self.reactor.connections.discard(self)
        if self._transport is not None:
            self._transport.abort()
        elif self._opening is not None:
            self._opening.cancel()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Part of asyncio's protocol: there is a connection, behind TLS where that was asked for."""
        self._transport = cast("asyncio.Transport", transport)
        if self.is_closed:
            self._transport.abort()
        else:
            self._transport.set_write_buffer_limits(_MOST_UNSENT_BYTES)

    def connection_lost(self, exc: Exception | None) -> None:
        """Part of asyncio's protocol."""
        self.reactor.connections.discard(self)
        self.defunct(exc or ConnectionShutdown(f"{self.endpoint} closed the connection"))

    def pause_writing(self) -> None:
        """Part of asyncio's protocol: too much is unsent."""
        self._reads_too_slowly = True

    def resume_writing(self) -> None:
        """Part of asyncio's protocol."""
        self._reads_too_slowly = False

    def data_received(self, data: bytes) -> None:
        """Part of asyncio's protocol: the frames of answers, or parts of them."""
        if self._received:
            self._received += data
            if len(self._received) < self._needed:
                return
            data = bytes(self._received)
            self._received.clear()
        start, end = 0, len(data)
        self._needed = _HEADER.size
        while end - start >= _HEADER.size and not self.is_closed:
            version, flags, stream, opcode, length = _HEADER.unpack_from(data, start)
            version &= _VERSION_MASK
            if version != self.protocol_version or length < 0:
                self.defunct(ProtocolError(f"{self.endpoint} sent what is no frame of protocol 4"))
                return
            body = start + _HEADER.size
            following = body + length
            if following > end:
                self._needed = following - start
                break
            frame = _Frame(version, flags, stream, opcode, _HEADER.size, _HEADER.size + length)
            self.process_msg(frame, data[body:following])
            start = following
        if start < end:
            self._received += data[start:]
