"""Structured logs: one JSON object a line on standard error, following an upload by request and trace id.

What is logged is chosen field by field at the call; a body, a sample, a token or a password never is.
"""

import logging
import logging.config
import traceback
from contextvars import ContextVar

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
trace_id: ContextVar[str | None] = ContextVar("trace_id", default=None)

# Below WARNING these build records on the hot path that nothing shows, and at DEBUG they print values.
_QUIET = ("aiokafka", "asyncio", "cassandra", "faust", "kafka", "mode", "uvicorn", "uvicorn.access")


# While an engine is away its client says so ten times a second; our own lines say it as often as is useful.
_SELDOM_SECONDS = 30.0


class _Seldom(logging.Filter):
    """Lets through what libraries say, each message once in a while, whatever its arguments."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if not record.name.startswith(_QUIET):
            return True
        message = record.name, str(record.msg)
        if record.created - self._said.get(message, 0.0) < _SELDOM_SECONDS:
            return False
        self._said[message] = record.created
        return True


class _Context(logging.Filter):
    """Adds the ids of the request under way; a trace that the line names itself stays."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        record.trace_id = getattr(record, "trace_id", None) or trace_id.get()
        return True


def configure(service: str, level: str) -> None:
    """Send every logger of this process to standard error as JSON, at `level` for our own."""
    formatter = {
        "()": "pythonjsonlogger.msgspec.MsgspecFormatter",
        # UTC, to the microsecond: hosts of one system may be in several time zones.
        "timestamp": "time",
        "fmt": "%(time)s %(levelname)s %(name)s %(message)s %(request_id)s %(trace_id)s",
        "rename_fields": {"levelname": "level", "name": "logger"},
        "static_fields": {"service": service},
    }
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "filters": {"seldom": {"()": _Seldom}, "context": {"()": _Context}},
            "formatters": {"json": formatter},
            "handlers": {
                "stderr": {
                    "class": "logging.StreamHandler",
                    "formatter": "json",
                    "filters": ["seldom", "context"],
                }
            },
            "root": {"level": level, "handlers": ["stderr"]},
            "loggers": {name: {"level": "WARNING"} for name in _QUIET},
        }
    )


def unforeseen(log: logging.Logger, error: BaseException) -> None:
    """Log where and with what type of error something failed; never its text, which may quote health data."""
    places = [
        f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)
    ]
    log.error("unforeseen failure", extra={"error": type(error).__name__, "at": places})
