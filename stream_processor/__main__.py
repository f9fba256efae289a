"""``python -m stream_processor``: run the service by its settings."""

import uvicorn

from service_kit import logs
from stream_processor.main import create_app
from stream_processor.settings import Settings


def main() -> None:
    """Serve until told to stop."""
    settings = Settings()
    logs.configure("stream_processor", settings.log_level)
    uvicorn.run(
        create_app(settings),
        host=settings.processor_host,
        port=settings.processor_port,
        log_config=None,
        access_log=False,
        server_header=False,
    )


if __name__ == "__main__":
    main()
