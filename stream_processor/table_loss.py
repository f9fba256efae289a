"""Notices that Cassandra lost rows that were written to it, and has the log worked through again.

Somebody may drop tables and make them again, empty them, or put an older copy of them back. What was in them lies in
the log for as long as uploads are kept: it is forgotten that it was finished, and worked through again, which changes
nothing that is there.

A row of progress that is older than the tables is not about them, so this is noticed too where it happened while no
processor ran.
"""

import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from enum import Enum, auto

from service_kit.engines.cassandra.database import Database, Statement
from service_kit.engines.cassandra.emptied import Emptied
from stream_processor import metrics
from stream_processor.kafka_clock import KafkaClock
from stream_processor.store import TABLES

_log = logging.getLogger(__name__)

# What is finished between the loss and the look is worked through twice.
_LOOK_EVERY_SECONDS = 2.0

_PROGRESS = Statement("""
    SELECT partition, next_offset, updated_at, WRITETIME(next_offset) AS stamped FROM progress WHERE topic_id = ?""")
_FORGET = Statement("DELETE FROM progress USING TIMESTAMP ? WHERE topic_id = ? AND partition IN ?")


class _State(Enum):
    KEPT = auto()
    LOST = auto()
    AGAIN = auto()


class TableLoss:
    """Looks every few seconds. `forgetting`: what this process remembers of what is in the tables."""

    def __init__(
        self, database: Database, clock: KafkaClock, forgetting: Sequence[Callable[[], None]]
    ) -> None:
        self._database = database
        self._clock = clock
        self._emptied = Emptied(database, TABLES)
        self._forgetting = forgetting
        self._state = _State.KEPT
        self._written: dict[int, int] = {}
        self._looked_at = time.monotonic()

    @property
    def trouble(self) -> str | None:
        """What happened, until all is worked through again."""
        if self._state is _State.KEPT:
            return None
        return "the store lost what it had: the log is worked through again"

    async def holds(self, topic_id: str) -> bool:
        """Whether the store has what it had; once False, the log has to be taken up anew. Raises EngineAwayError."""
        now = time.monotonic()
        if self._state is _State.LOST:
            return False
        if now - self._looked_at < _LOOK_EVERY_SECONDS:
            return True
        self._looked_at = now
        written = dict(self._written)
        emptied = await self._emptied.look()
        rows = await self._rows(topic_id)
        behind = [
            one
            for one, offset in written.items()
            if one in self._written and rows.get(one, (0, 0))[0] < offset
        ]
        if emptied or behind:
            self._lose(behind)
        return not (emptied or behind)

    def wrote(self, next_offsets: Mapping[int, int]) -> None:
        """So far has progress been written by this process."""
        self._written.update(next_offsets)

    async def progress(self, topic_id: str, partitions: Collection[int]) -> dict[int, int]:
        """How far each partition has been processed, as far as the store knows; before one is taken up.

        Raises EngineAwayError.
        """
        self._written.clear()
        if self._state is _State.LOST:
            await self._forget(topic_id, partitions)
        if await self._emptied.look():
            self._lose(())
            await self._forget(topic_id, partitions)
        if self._state is _State.LOST:
            self._state = _State.AGAIN
        rows = await self._rows(topic_id)
        return {one: offset for one, (offset, at) in rows.items() if at > self._emptied.since}

    def caught_up(self) -> None:
        """Everything in the log has been worked through."""
        if self._state is _State.AGAIN:
            self._state = _State.KEPT
            _log.info("what the store lost and the log still had is there again")

    def _lose(self, behind: Sequence[int]) -> None:
        self._state = _State.LOST
        metrics.STORE_LOST.inc()
        for forget in self._forgetting:
            forget()
        _log.error(
            "the store lost what it had, working through the log again",
            extra={"partitions_behind": len(behind)},
        )

    async def _forget(self, topic_id: str, partitions: Collection[int]) -> None:
        await self._rows(topic_id)  # What was stamped by whoever wrote it has to go as well.
        await self._database.execute(_FORGET, (self._clock.stamp(), topic_id, sorted(partitions)))

    async def _rows(self, topic_id: str) -> dict[int, tuple[int, int]]:
        found = await self._database.execute(_PROGRESS, (topic_id,))
        for row in found:
            if row["stamped"] is not None:
                self._clock.see(row["stamped"])
        return {row["partition"]: (row["next_offset"], row["updated_at"]) for row in found}
