"""uvicorn's server, which tells the application when it is told to stop, before it waits for what is under way."""

import asyncio
from collections.abc import Callable, Sequence
from socket import socket

import uvicorn


class Server(uvicorn.Server):
    """All of `at_stop` are called in the event loop: those who wait for something far off need not be waited for."""

    def __init__(self, config: uvicorn.Config, at_stop: Sequence[Callable[[], None]]) -> None:
        super().__init__(config)
        self._at_stop = at_stop

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        for call in self._at_stop:
            # When this first waits: by then each connection knows that the answer it owes is its last, and says so.
            # Whoever was answered before that would send more on a connection that is about to close.
            asyncio.get_running_loop().call_soon(call)
        await super().shutdown(sockets)
