"""Calls an engine for the command: tries again as long as a person would wait, where a service tries for ever."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

from service_kit.engines.backoff import backoff
from service_kit.engines.errors import EngineAwayError

# An engine that is there has answered long before.
REACH_SECONDS = 10.0


async def reached(engine: str, answers: Callable[[], Awaitable[bool]]) -> None:
    """Return once the engine answers. Raises EngineAwayError when it did not in time."""
    end = time.monotonic() + REACH_SECONDS
    for wait in backoff(cap_seconds=0.5):
        with suppress(EngineAwayError):
            if await answers():
                return
        if time.monotonic() > end:
            raise EngineAwayError(engine, "no answer")
        await asyncio.sleep(wait)
