"""uvicorn's server, which tells the application when it is told to stop, before it waits for what is under way."""

import asyncio
from collections.abc import Callable
from socket import socket

import uvicorn


class Server(uvicorn.Server):
    """`on_stop` is called in the event loop: those who wait for something far off need not be waited for."""

    def __init__(self, config: uvicorn.Config, on_stop: Callable[[], None] | None) -> None:
        super().__init__(config)
        self._on_stop = on_stop

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        if self._on_stop is not None:
            # When this first waits: by then each connection knows that the answer it owes is its last, and says so.
            # Whoever was answered before that would send more on a connection that is about to close.
            asyncio.get_running_loop().call_soon(self._on_stop)
        await super().shutdown(sockets)
