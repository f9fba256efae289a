"""How the process ends: with every acknowledged event committed, and no other.

Leaving by way of Faust would acknowledge what is not finished (a cancelled body acknowledges its batch), and
hangs while an engine is away. So the process ends itself as soon as nothing half-done can be mistaken for
done.
"""

import asyncio
import logging
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NoReturn

from service_kit import logs

_log = logging.getLogger(__name__)

EXIT_FINISHED = 0
EXIT_FAILED = 70
# Work was left, which Kafka gives out again. From sysexits(3), EX_TEMPFAIL.
EXIT_UNFINISHED = 75


class Gate:
    """Lets one batch through at a time, until it is closed."""

    def __init__(self) -> None:
        self._closed = False
        self._idle = asyncio.Event()
        self._idle.set()

    @asynccontextmanager
    async def batch(self) -> AsyncIterator[None]:
        """Around the work on a batch. Once the gate is closed it is never entered: the process is about to
        end."""
        if self._closed:
            await asyncio.get_running_loop().create_future()
        self._idle.clear()
        try:
            yield
        finally:
            self._idle.set()

    async def close(self, *, timeout_seconds: float) -> bool:
        """Let no further batch begin; whether the one under way, if any, was finished in time."""
        self._closed = True
        try:
            await asyncio.wait_for(self._idle.wait(), timeout_seconds)
        except TimeoutError:
            return False
        return True


def exit_unfinished(error: BaseException) -> NoReturn:
    """End the process from within a batch, because `error` would otherwise leave it and acknowledge it."""
    if not isinstance(error, asyncio.CancelledError):
        logs.unforeseen(_log, error)
        leave(EXIT_FAILED)
    leave(EXIT_UNFINISHED)


def leave(status: int) -> NoReturn:
    """End the process at once, with what has been logged written out."""
    for handler in logging.getLogger().handlers:
        handler.flush()
    sys.stderr.flush()
    os._exit(status)
