"""uvicorn's server, which tells the application when it is told to stop, before it waits for what is under way."""

import asyncio
from collections.abc import Callable
from socket import socket
from types import FrameType

import uvicorn


class Server(uvicorn.Server):
    """`on_stop` is called in the event loop: those who wait for something far off need not be waited for."""

    def __init__(self, config: uvicorn.Config, on_stop: Callable[[], None] | None) -> None:
        super().__init__(config)
        self._on_stop = on_stop

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self._on_stop is not None:
            # A signal interrupts the loop anywhere; what it is to wake belongs to it.
            self._loop.call_soon_threadsafe(self._on_stop)
        super().handle_exit(sig, frame)

    async def serve(self, sockets: list[socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().serve(sockets)
