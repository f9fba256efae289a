"""``python -m stream_processor``: run the service by its settings."""

import sys

from service_kit.process import garbage_collection

garbage_collection.look_away()

from service_kit.process.serving import Listening, serve
from stream_processor.main import create_app
from stream_processor.settings import Settings

# Operators ask every few seconds, and their answers take as long as a check of an engine.
_KEEP_ALIVE_SECONDS = 30
_STOP_SECONDS = 3


def _listening(settings: Settings) -> Listening:
    return Listening(settings.processor_host, settings.processor_port, _KEEP_ALIVE_SECONDS, _STOP_SECONDS)


def main() -> int:
    """Serve until told to stop."""
    return serve("stream_processor", Settings, create_app, _listening)


if __name__ == "__main__":
    sys.exit(main())
