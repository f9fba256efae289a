"""Keeps how far each partition is finished, writes it to Cassandra for readers, then commits it to Kafka.

5. The progress of a partition is written: a reader of it finds the rows of what came before.
6. Only then is the offset committed, about once a second.

An offset here is a fact that stays true: everything before it is durable, whoever owns the partition by now.
So a commit can come late, twice or never, and still passes no unfinished work. True of the log that it was counted in:
before each commit it is asked whether that is still the one there is.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from service_kit import logs, tasks
from service_kit.engines.errors import EngineAwayError
from stream_processor.marks import Mark
from stream_processor.retrying import Retrying

_log = logging.getLogger(__name__)

_COMMIT_EVERY_SECONDS = 1.0
# Under load there is news with every batch; only who asks after an ECG that left no row waits for it to be told.
_WRITE_PAUSE_SECONDS = 0.1

Offsets = dict[int, int]
Marks = dict[int, Mark]


class Acknowledging:
    """Keeps the offset before which each partition is finished, writes it and commits it.

    `write` records progress and raises EngineAwayError where it could not; `commit` returns whether Kafka has
    it. `holds`: whether the log still holds what was read from it; raises EngineAwayError where there is no telling.
    Once it does not, `start_over` is awaited.
    """

    def __init__(
        self,
        write: Callable[[Offsets], Awaitable[None]],
        commit: Callable[[Marks], Awaitable[bool]],
        holds: Callable[[], Awaitable[bool]],
        start_over: Callable[[], Awaitable[None]],
    ) -> None:
        self._write = write
        self._commit = commit
        self._holds = holds
        self._start_over = start_over
        self._finished: Marks = {}
        self._unwritten: Marks = {}
        self._uncommitted: Marks = {}
        self._news = asyncio.Event()
        self._busy = asyncio.Lock()
        self._last_progress = time.monotonic()

    def reached(self, partition: int, mark: Mark) -> None:
        """Everything of the partition before the mark is finished."""
        self._finished[partition] = self._unwritten[partition] = mark
        self._last_progress = time.monotonic()
        self._news.set()

    def finished(self, partition: int) -> Mark | None:
        """Everything before this was finished, by this process. None: nothing."""
        return self._finished.get(partition)

    def seconds_since_progress(self) -> float:
        """Since anything was last finished, or since the start."""
        return time.monotonic() - self._last_progress

    async def run(self) -> None:
        """Write and commit for the life of the process."""
        committing = asyncio.create_task(self._keep_committing())
        try:
            while True:
                await self._news.wait()
                self._news.clear()
                async with self._busy:
                    await Retrying().until_done(self._write_progress)
                await asyncio.sleep(_WRITE_PAUSE_SECONDS)
        finally:
            await tasks.end(committing)

    async def flush(self, *, timeout_seconds: float) -> None:
        """Write and commit what is finished, as far as that goes in the time."""
        try:
            async with asyncio.timeout(timeout_seconds), self._busy:
                await self._write_progress()
                await self._commit_progress()
        except Exception as error:  # noqa: BLE001 - what is not committed comes again and changes nothing
            _log.warning("not committed", extra={"error": type(error).__name__})

    def forget(self) -> None:
        """The partitions are no longer ours to commit."""
        for marks in (self._finished, self._unwritten, self._uncommitted):
            marks.clear()

    async def _keep_committing(self) -> None:
        while True:
            await asyncio.sleep(_COMMIT_EVERY_SECONDS)
            try:
                if not await self._commit_progress():
                    await self._start_over()
            except EngineAwayError:
                # Who waits for it says so; what is not committed comes again.
                continue
            except Exception as error:  # noqa: BLE001 - the next second tries again
                logs.unforeseen(_log, error)

    async def _write_progress(self) -> None:
        marks = dict(self._unwritten)
        if not marks:
            return
        await self._write({partition: mark.next_offset for partition, mark in marks.items()})
        _settle(self._unwritten, marks)
        for partition, mark in marks.items():
            # Forgotten meanwhile, or taken up anew: this offset is no longer what there is to commit.
            known = self._uncommitted.get(partition)
            if partition in self._finished and (known is None or known.next_offset < mark.next_offset):
                self._uncommitted[partition] = mark

    async def _commit_progress(self) -> bool:
        """Commit what is written, where the log still holds it; which is returned."""
        # Taken before the question: what is finished while it is asked may be of another log by then.
        marks = dict(self._uncommitted)
        holds = await self._holds()
        if holds and marks and await self._commit(marks):
            _settle(self._uncommitted, marks)
        return holds


def _settle(open_: Marks, done: Marks) -> None:
    """Take out of `open_` what has not moved on since it was done."""
    for partition, mark in done.items():
        if open_.get(partition) == mark:
            del open_[partition]
