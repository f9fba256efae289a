"""A bad network between the services and an engine: a proxy that delays, cuts and swallows what passes through."""

import asyncio
import random
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from infra.local.ports import any_free

READ_BYTES = 65_536
# The far end is given in the moment of a connection: an engine may be started after its proxy.
Target = Callable[[], tuple[str, int] | None]


class Link:
    """Takes connections on host:port and carries their bytes to the target and back, as well as `delay_seconds`,
    `swallows` and `cut` let it. All three may change at any moment. With `tls`, its near side speaks that.
    """

    def __init__(
        self, port: int, target: Target, tls: ssl.SSLContext | None = None, *, host: str = "127.0.0.1"
    ) -> None:
        self.delay_seconds = 0.0
        self.swallows = False
        self.port = port
        self.host = host
        self._target = target
        self._tls = tls
        self._server: asyncio.Server | None = None
        self._near: set[asyncio.StreamWriter] = set()

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Link"]:
        """The link, inside the block."""
        self._server = await asyncio.start_server(self._carry, self.host, self.port, ssl=self._tls)
        try:
            yield self
        finally:
            self.end()

    def end(self) -> None:
        """Break every connection, and refuse those that come."""
        if self._server is not None:
            self._server.close()
        self.cut(1.0)

    def cut(self, share: float) -> int:
        """Break this share of the connections, chosen at random; how many."""
        chosen = [near for near in self._near if random.random() < share]
        for near in chosen:
            near.transport.abort()
        return len(chosen)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        target = self._target()
        self._near.add(writer)
        far: asyncio.StreamWriter | None = None
        try:
            if target is None:
                return
            answers, far = await asyncio.open_connection(*target)
            ways = [
                asyncio.create_task(self._pass_on(reader, far)),
                asyncio.create_task(self._pass_on(answers, writer)),
            ]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
        except OSError:
            return
        finally:
            self._near.discard(writer)
            for end in (writer, far):
                if end is not None:
                    end.transport.abort()

    async def _pass_on(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        """Bytes in order, each as late as the link is slow; while it swallows, none pass and none are refused."""
        loop = asyncio.get_running_loop()
        waiting: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        sending = asyncio.create_task(self._send(waiting, sink))
        try:
            while data := await source.read(READ_BYTES):
                waiting.put_nowait((loop.time() + self.delay_seconds, data))
            waiting.put_nowait((0.0, b""))
            await sending
        except OSError:
            return
        finally:
            sending.cancel()

    async def _send(self, waiting: "asyncio.Queue[tuple[float, bytes]]", sink: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        with suppress(OSError):
            while True:
                due, data = await waiting.get()
                await asyncio.sleep(max(0.0, due - loop.time()))
                while self.swallows:
                    await asyncio.sleep(0.1)
                if not data:
                    return
                sink.write(data)
                await sink.drain()


@asynccontextmanager
async def link_to(address: str, tls: ssl.SSLContext | None = None) -> AsyncIterator[tuple[Link, str]]:
    """A link to the engine at this address, open inside the block, and its own address."""
    host, _, port = address.rpartition(":")
    link = Link(any_free(), lambda: (host, int(port)), tls)
    async with link.open():
        yield link, f"127.0.0.1:{link.port}"
