"""``python -m query_api``: serve by the settings until told to stop."""

import sys

from service_kit.process import garbage_collection

garbage_collection.look_away()

from fastapi import FastAPI

from query_api.main import create_app
from query_api.settings import Settings
from service_kit.process.serving import Listening, serve

_KEEP_ALIVE_SECONDS = 30
# Long enough for any answer but a long-poll, and those are released.
_STOP_SECONDS = 8


def _listening(settings: Settings) -> Listening:
    return Listening(settings.query_host, settings.query_port, _KEEP_ALIVE_SECONDS, _STOP_SECONDS)


def _release_waiters(app: FastAPI) -> None:
    app.state.release_waiters()


def main() -> int:
    """Serve; those who wait for an insight are let go when it is told to stop."""
    return serve("query_api", Settings, create_app, _listening, on_stop=_release_waiters)


if __name__ == "__main__":
    sys.exit(main())
