"""``python -m ingest_api``: run the service by its settings."""

import sys

from service_kit.process import garbage_collection

garbage_collection.look_away()

import pyarrow as pa

from ingest_api.main import create_app
from ingest_api.settings import Settings
from service_kit.process.serving import Listening, serve


def _listening(settings: Settings) -> Listening:
    return Listening(
        settings.ingest_host,
        settings.ingest_port,
        settings.ingest_keep_alive_seconds,
        settings.ingest_stop_seconds,
    )


def main() -> int:
    """Serve until told to stop, then finish what is under way, for a bounded time."""
    # Arrow's own pool gives memory back within milliseconds, and each event would fault it in anew.
    pa.set_memory_pool(pa.system_memory_pool())
    return serve("ingest_api", Settings, create_app, _listening)


if __name__ == "__main__":
    sys.exit(main())
