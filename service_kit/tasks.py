"""Work in the background of a service."""

import asyncio
import logging
from collections.abc import Awaitable
from contextlib import suppress

_log = logging.getLogger(__name__)


async def end(task: "asyncio.Task[None] | None") -> None:
    """Cancel a task, if there is one, and return when it has ended."""
    if task is not None:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def told_to_end() -> bool:
    """Inside of `except CancelledError`: whether this task is to end.

    A Kafka client that loses its broker cancels waits of its own, and lets that through to whoever uses it: a task that
    took it for an order would be gone without a word.
    """
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def bounded(ending: Awaitable[object], seconds: float) -> None:
    """Wait for what ends a client, for so long at most and whatever becomes of it."""
    try:
        await asyncio.wait_for(ending, seconds)
    except asyncio.CancelledError:
        if told_to_end():
            raise
    except Exception as error:  # noqa: BLE001 - what is given up is used by nobody
        _log.debug("a client did not end", extra={"reason": type(error).__name__})
