"""``python -m query_api``: serve by the settings until told to stop."""

import asyncio
import sys
from socket import socket
from types import FrameType

import uvicorn
from fastapi import FastAPI
from pydantic import ValidationError

from query_api.main import create_app
from query_api.settings import Settings
from service_kit import logs

# Long enough for any answer but a long-poll, and those are released.
_SHUTDOWN_SECONDS = 8
_KEEP_ALIVE_SECONDS = 30


class _Server(uvicorn.Server):
    """Lets go of those who wait for an insight, so that stopping need not wait for them."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        app = self.config.app
        assert isinstance(app, FastAPI)
        # A signal interrupts the loop anywhere; the events belong to it.
        self._loop.call_soon_threadsafe(app.state.release_waiters)
        super().handle_exit(sig, frame)

    async def serve(self, sockets: list[socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().serve(sockets)


def main() -> None:
    """Serve. Exits with the settings that are wrong, if some are."""
    try:
        settings = Settings()
    except ValidationError as error:
        sys.exit(str(error))
    logs.configure("query_api", settings.log_level)
    config = uvicorn.Config(
        create_app(settings),
        host=settings.query_host,
        port=settings.query_port,
        loop="uvloop",
        http="httptools",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
    )
    _Server(config).run()


if __name__ == "__main__":
    main()
