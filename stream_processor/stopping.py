"""How the process ends: a part that cannot go on reports it here, and the service's main alone leaves.

Whatever ends it, every acknowledged event is committed and no other: what is unfinished comes again.
"""

import asyncio
import logging
import os
import sys
from collections.abc import Awaitable
from typing import NoReturn

EXIT_FINISHED = 0
EXIT_FAILED = 70
# Two workers have one name, which only an operator can mend. From sysexits(3), EX_CONFIG.
EXIT_TWIN = 78
# Work was left, which Kafka gives out again. From sysexits(3), EX_TEMPFAIL.
EXIT_UNFINISHED = 75


class CannotGoOnError(Exception):
    """A part cannot do its work any more, for a reason that it knows; a fresh process may."""


class Failure:
    """The first failure that this process cannot go on after."""

    def __init__(self) -> None:
        self._error: BaseException | None = None
        self._came = asyncio.Event()

    def report(self, error: BaseException) -> None:
        """A part cannot go on because of this; it has begun nothing new since, and acknowledges nothing more."""
        self._error = self._error or error
        self._came.set()

    async def came(self) -> BaseException:
        """Wait for it."""
        await self._came.wait()
        assert self._error is not None
        return self._error

    async def of(self, work: Awaitable[None]) -> None:
        """Run what the process cannot do without: a task that died unseen would do its work no more."""
        try:
            await work
        except Exception as error:  # noqa: BLE001 - whoever waits for it judges it
            self.report(error)


def leave(status: int) -> NoReturn:
    """End the process at once, with what has been logged written out.

    Leaving by way of Faust, or of an event loop that waits for what Faust left running, hangs while an engine is away.
    """
    for handler in logging.getLogger().handlers:
        handler.flush()
    sys.stderr.flush()
    os._exit(status)
