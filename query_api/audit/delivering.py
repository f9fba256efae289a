"""Takes sealed blocks from disk to one engine, in order, again and again until it has them: it never gives up.

Each engine has a delivery of its own, so that one that is away keeps nothing from the other.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence

from query_api import metrics
from query_api.audit.journal import LostBlockError, Spooled
from service_kit import logs, tasks
from service_kit.engines.backoff import backoff
from service_kit.engines.errors import EngineAwayError
from service_kit.log_limits import LogLimit

_log = logging.getLogger(__name__)

# Together at most some MB in memory.
_MOST_AT_ONCE = 8
# An engine that restarts is back by then.
LATE_SECONDS = 10.0

Send = Callable[[Sequence[Spooled]], Awaitable[None]]


class Delivery:
    """Sends blocks to `engine`. `send` raises EngineAwayError where it did not take them, and they may come again, and
    LostBlockError where one is not to be had.
    """

    def __init__(self, engine: str, send: Send, taken: Callable[[Spooled], None]) -> None:
        self.engine = engine
        self._send = send
        self._taken = taken
        self._blocks: list[Spooled] = []
        self._some = asyncio.Event()
        self._none = asyncio.Event()
        self._none.set()
        self._failing_since: float | None = None
        self._waiting = metrics.AUDIT_WAITING.labels(engine)
        self._told = LogLimit()
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Begin; returns at once."""
        self._task = asyncio.create_task(self._keep())

    async def close(self, seconds: float) -> None:
        """Stop when all is delivered, after so long at the latest, or at once where the engine is away."""
        if self._failing_since is None:
            await tasks.bounded(self._none.wait(), seconds)
        await tasks.end(self._task)

    def add(self, block: Spooled) -> None:
        """A block that is to be delivered."""
        self._blocks.append(block)
        self._waiting.set(len(self._blocks))
        self._none.clear()
        self._some.set()

    def wake(self) -> None:
        """Send soon, though there may be no block to be sent."""
        self._none.clear()
        self._some.set()

    @property
    def is_late(self) -> bool:
        """Whether the engine has taken nothing for a while, though there was something."""
        since = self._failing_since
        return since is not None and time.monotonic() - since > LATE_SECONDS

    async def _keep(self) -> None:
        while True:
            await self._some.wait()
            self._some.clear()
            for wait in backoff():
                if await self._sent(self._blocks[:_MOST_AT_ONCE]):
                    break
                await asyncio.sleep(wait)
            if self._blocks:
                self._some.set()
            elif not self._some.is_set():
                self._none.set()

    async def _sent(self, blocks: Sequence[Spooled]) -> bool:
        try:
            await self._send(blocks)
        except EngineAwayError as error:
            self._failed(error.cause)
            return False
        except LostBlockError as error:
            lost = error.block
            _log.error(
                "a block of the audit trail is gone from the disk",
                extra={"engine": self.engine, "chain": str(lost.chain), "sequence": lost.sequence},
            )
            self._blocks.remove(lost)
            self._took([lost])
            return True
        except asyncio.CancelledError:
            if tasks.told_to_end():
                raise
            self._failed("its client broke off")
            return False
        except Exception as error:  # noqa: BLE001 - whatever it is, what happened has to be told
            logs.unforeseen(_log, error)
            self._failed(type(error).__name__)
            return False
        self._failing_since = None
        del self._blocks[: len(blocks)]
        self._took(blocks)
        return True

    def _took(self, blocks: Sequence[Spooled]) -> None:
        self._waiting.set(len(self._blocks))
        for block in blocks:
            self._taken(block)

    def _failed(self, cause: str) -> None:
        self._failing_since = self._failing_since or time.monotonic()
        if self.is_late and self._told.count("late"):
            _log.error(
                "the audit trail waits on disk for an engine",
                extra={"engine": self.engine, "cause": cause, "blocks": len(self._blocks)},
            )
