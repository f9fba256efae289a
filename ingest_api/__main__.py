"""``python -m ingest_api``: run the service by its settings."""

import uvicorn

from ingest_api.main import create_app
from ingest_api.settings import Settings
from service_kit import logs


def main() -> None:
    """Serve until told to stop, then finish what is under way, for a bounded time."""
    settings = Settings()
    logs.configure("ingest_api", settings.log_level)
    uvicorn.run(
        create_app(settings),
        host=settings.ingest_host,
        port=settings.ingest_port,
        loop="uvloop",
        http="httptools",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=settings.ingest_keep_alive_seconds,
        timeout_graceful_shutdown=settings.ingest_stop_seconds,
    )


if __name__ == "__main__":
    main()
