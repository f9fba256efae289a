"""How the process ends: with every acknowledged event committed, and no other.

Leaving by way of Faust hangs while an engine is away. So the process ends itself once what is under way is
finished, or will not be in time.
"""

import asyncio
import logging
import os
import sys
from collections.abc import Awaitable
from typing import NoReturn

from service_kit import logs

_log = logging.getLogger(__name__)

EXIT_FINISHED = 0
EXIT_FAILED = 70
# Two workers have one name, which only an operator can mend. From sysexits(3), EX_CONFIG.
EXIT_TWIN = 78
# Work was left, which Kafka gives out again. From sysexits(3), EX_TEMPFAIL.
EXIT_UNFINISHED = 75


def exit_unfinished(error: BaseException) -> NoReturn:
    """End the process because of `error`, which leaves work that only a fresh process can do."""
    if not isinstance(error, asyncio.CancelledError):
        logs.unforeseen(_log, error)
        leave(EXIT_FAILED)
    leave(EXIT_UNFINISHED)


async def for_life(work: Awaitable[None]) -> None:
    """Run what the process cannot do without: where it fails, the process ends and a fresh one tries again."""
    try:
        await work
    except Exception as error:  # noqa: BLE001 - a task that died unseen would do its work no more
        exit_unfinished(error)


def leave(status: int) -> NoReturn:
    """End the process at once, with what has been logged written out."""
    for handler in logging.getLogger().handlers:
        handler.flush()
    sys.stderr.flush()
    os._exit(status)
