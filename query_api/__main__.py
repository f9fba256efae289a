"""``python -m query_api``: serve by the settings until told to stop."""

import sys

from service_kit.process import garbage_collection

garbage_collection.look_away()

from collections.abc import Callable
from functools import partial

from query_api.main import create_app
from query_api.settings import Settings
from service_kit.process.serving import Listening, serve

_KEEP_ALIVE_SECONDS = 30
# Long enough for any answer but a long-poll, and those are released.
_STOP_SECONDS = 8


def _listening(settings: Settings) -> Listening:
    return Listening(settings.query_host, settings.query_port, _KEEP_ALIVE_SECONDS, _STOP_SECONDS)


def main() -> int:
    """Serve; those who wait for an insight are let go when it is told to stop."""
    at_stop: list[Callable[[], None]] = []
    return serve("query_api", Settings, partial(create_app, at_stop=at_stop), _listening, at_stop=at_stop)


if __name__ == "__main__":
    sys.exit(main())
