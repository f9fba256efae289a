"""A small application behind a real server with the services' connections, and what it says to raw bytes."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, cast

import uvicorn
from starlette.types import Receive, Scope, Send

from service_kit.callers.addresses import Addresses, Network
from service_kit.http.pace import Pace
from service_kit.http.server.connection_limit import ConnectionLimit
from service_kit.http.server.connections import Connection, Timeouts

# However slow this machine is, nothing waits for so long: the limits that a test is not about.
LIMIT_SECONDS = 30.0
# The limit that a test waits for.
SOON_SECONDS = 0.1
# More than all buffers between two sockets of one machine hold.
LARGE_BYTES = 64_000_000


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Tells how many bytes the body has: `/early` not asking for it, `/slow` after a while, `/large` at length."""
    size = 0
    more = scope["path"] != "/early"
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        size += len(message["body"])
        more = message["more_body"]
    if scope["path"] == "/slow":
        await asyncio.sleep(0.1)
    content = bytes(LARGE_BYTES) if scope["path"] == "/large" else b"%d" % size
    headers = [(b"content-length", b"%d" % len(content))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": content})


class Served:
    """The application at a port of its own."""

    def __init__(self, server: uvicorn.Server) -> None:
        self._server = server
        self.port: int = server.servers[0].sockets[0].getsockname()[1]

    def open_connections(self) -> int:
        return len(self._server.server_state.connections)

    def held_bytes(self) -> int:
        """Of bodies, by the connections that are open."""
        cycles = [cast("Connection", one).cycle for one in self._server.server_state.connections]
        return sum(len(cycle.body) for cycle in cycles if cycle is not None)

    def connect(self, *sent: bytes, source: str = "127.0.0.1") -> socket.socket:
        """A connection from an address of this machine, on which this was sent."""
        connection = socket.create_connection(("127.0.0.1", self.port), LIMIT_SECONDS, (source, 0))
        for data in sent:
            connection.sendall(data)
        return connection

    def shut_down(self, just_before: Callable[[], None]) -> None:
        """Have every connection told that the server stops; in the same turn of its loop, what comes just before."""

        def tell() -> None:
            just_before()
            for connection in connections:
                connection.shutdown()

        connections = [cast("Connection", one) for one in self._server.server_state.connections]
        connections[0].loop.call_soon_threadsafe(tell)

    def told(self, *sent: bytes, source: str = "127.0.0.1") -> bytes:
        """All that is answered to this until the server closes."""
        with self.connect(*sent, source=source) as connection:
            return rest(connection)


def rest(connection: socket.socket) -> bytes:
    """What still comes on the connection until the server closes it."""
    return b"".join(iter(lambda: connection.recv(65_536), b""))


def answers(told: bytes) -> list[tuple[int, dict[str, str], bytes]]:
    """Status, headers by small names, and body of each answer."""
    found = []
    while told:
        head, _, told = told.partition(b"\r\n\r\n")
        status, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        assert len(lines) == len(headers)
        length = int(headers["content-length"])
        found.append((int(status.split()[1]), headers, told[:length]))
        told = told[length:]
    return found


@contextmanager
def served(
    *,
    connections: int = 100,
    proxies: Sequence[Network] = (),
    keep_alive_seconds: float = LIMIT_SECONDS,
    head_seconds: float = LIMIT_SECONDS,
    answer_seconds: float = LIMIT_SECONDS,
    stall_seconds: float = LIMIT_SECONDS,
) -> Iterator[Served]:
    """The application; `stall_seconds` is of a body that was answered already."""
    pace = Pace(bytes_per_second=1_000_000, most_seconds=LIMIT_SECONDS, stall_seconds=stall_seconds)
    timeouts = Timeouts(head_seconds, answer_seconds, pace)
    limit = ConnectionLimit(connections, Addresses(proxies))
    config = uvicorn.Config(
        cast("Any", application),
        host="127.0.0.1",
        port=0,
        http=cast("Any", partial(Connection, timeouts=timeouts, limit=limit)),
        ws="none",
        lifespan="off",
        log_config=None,
        timeout_keep_alive=cast("int", keep_alive_seconds),
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield Served(server)
    finally:
        server.should_exit = True
        thread.join(LIMIT_SECONDS)
