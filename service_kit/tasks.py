"""Work in the background of a service."""

import asyncio
from contextlib import suppress


async def end(task: "asyncio.Task[None] | None") -> None:
    """Cancel a task, if there is one, and return when it has ended."""
    if task is not None:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
