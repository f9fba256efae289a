"""Tries a call to Kafka or Cassandra again until it succeeds, and shows meanwhile what is waited for."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from service_kit.engines.backoff import backoff
from service_kit.engines.errors import EngineAwayError
from stream_processor import metrics

_log = logging.getLogger(__name__)

Result = TypeVar("Result")


@dataclass(slots=True)
class Retrying:
    """What a piece of work waits for: `cause`, or None while it goes on."""

    cause: str | None = None

    async def until_done(self, attempt: Callable[[], Awaitable[Result]]) -> Result:
        """Try until no engine is away; any other failure is the caller's."""
        try:
            for wait in backoff():
                try:
                    return await attempt()
                except EngineAwayError as error:
                    self.cause = str(error)
                    metrics.ATTEMPTS_AWAY.labels(error.engine).inc()
                    _log.warning("waiting for an engine", extra={"engine": error.engine, "cause": str(error)})
                    await asyncio.sleep(wait)
        finally:
            self.cause = None
        raise AssertionError("backoff ended")
