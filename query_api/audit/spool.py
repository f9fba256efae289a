"""Entries from memory to disk, in the background: appended within a tenth of a second, sealed as blocks each second.

Where the disk takes nothing, or more waits on it for the engines than may, entries are counted as lost, and the count
is an entry of its own once there is room. A block goes out each minute even when nothing happened: silence is a fault.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

from query_api import metrics
from query_api.audit.abandoned import succeed
from query_api.audit.backlog import Backlog
from query_api.audit.journal import Journal, Spooled
from schemas.audit import AuditEntry
from schemas.times import format_rfc3339
from service_kit import logs
from service_kit.log_limits import LogLimit

_log = logging.getLogger(__name__)

# What a process that is killed takes with it.
BATCH_SECONDS = 0.1
# A record of Kafka, and a few rows, a second: less than a hundredth of a core.
BLOCK_SECONDS = 1.0
# Half of the largest event: what is appended at once fits into the other half.
_BLOCK_BYTES = 512 * 1024
_MOST_AT_ONCE = 1_000
_MOST_BYTES_AT_ONCE = 256 * 1024
HEARTBEAT_SECONDS = 60.0
_RETRY_SECONDS = 1.0
# Of some 300 bytes each: what a disk that hangs for seconds makes wait, and no more of the memory.
_MOST_WAITING = 20_000

Result = TypeVar("Result")


class Spool:
    """Keeps what is added below `folder`, at most `max_bytes` of it undelivered, and hands out each sealed block."""

    def __init__(self, folder: Path, max_bytes: int, deliver: Callable[[Spooled], None]) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self.backlog = Backlog(deliver)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="audit")
        self._journal: Journal | None = None
        self._waiting: list[AuditEntry] = []
        self._came = asyncio.Event()
        self._closing = False
        self._began: float | None = None
        self._beat = 0.0
        self._lost = 0
        self._at_once = _MOST_AT_ONCE
        self._told = LogLimit()
        self._task: asyncio.Task[None] | None = None
        self.fault: str | None = None
        """Why the disk takes nothing; None where it does."""

    async def open(self, first: AuditEntry) -> None:
        """Begin, with this entry; returns at once."""
        self._waiting.append(first)
        self._task = asyncio.create_task(self._keep())

    async def close(self) -> None:
        """Keep what is there, and end the chain."""
        self._closing = True
        self._came.set()
        if self._task is not None:
            await self._task

    async def release(self) -> None:
        """After the last delivery: leave the disk, and nothing there that was delivered. Raises OSError."""
        for remove in self.backlog.removable():
            await self._beside(remove)
        if self._journal is not None:
            await self._beside(partial(self._journal.release, delivered=not self.backlog))
        self._thread.shutdown(wait=False)

    @property
    def is_full(self) -> bool:
        """Whether what is added now would be lost."""
        return self.backlog.size > self._max_bytes or len(self._waiting) >= _MOST_WAITING

    def add(self, entry: AuditEntry) -> None:
        """Keep an entry; one that there is no room for is counted."""
        if self.is_full:
            self._lose(1)
            if times := self._told.count("full"):
                _log.error("there is no room for the audit trail, entries are lost", extra={"times": times})
            return
        self._waiting.append(entry)
        if not self._came.is_set():
            self._came.set()

    def delivered(self, block: Spooled) -> None:
        """Every engine has it: it goes from the disk soon, also where nothing else happens."""
        self.backlog.delivered(block)
        self._came.set()

    async def _keep(self) -> None:
        closed = False
        while not closed:
            closed = self._closing
            try:
                await self._round(closed=closed)
                self.fault = None
                if not closed:
                    await self._pause()
            except Exception as error:  # noqa: BLE001 - whatever it is, this goes on for the life of the service
                self._failed(error)
                if not closed:
                    await asyncio.sleep(_RETRY_SECONDS)
            metrics.AUDIT_DISK.set(0 if self.fault else 1)

    def _failed(self, error: Exception) -> None:
        self.fault = type(error).__name__
        if not isinstance(error, OSError):
            logs.unforeseen(_log, error)
        elif isinstance(error, FileNotFoundError) and self._journal is not None:
            gone = self._journal.abandon()
            self._journal = self._began = None
            self._lose(gone)
            _log.error(
                "the audit trail was removed from the disk, beginning another chain", extra={"lost": gone}
            )
        elif self._told.count("disk"):
            _log.error("the disk does not take the audit trail", extra={"cause": self.fault})

    def _lose(self, entries: int) -> None:
        self._lost += entries
        metrics.AUDIT_LOST.inc(entries)

    async def _pause(self) -> None:
        """Until there is something to append, and a little longer; or to seal."""
        try:
            await asyncio.wait_for(self._came.wait(), max(self._due() - time.monotonic(), 0))
            if not self._closing:
                await asyncio.sleep(BATCH_SECONDS)
        except TimeoutError:
            pass

    def _due(self) -> float:
        """When a block is to be sealed next."""
        return self._beat + HEARTBEAT_SECONDS if self._began is None else self._began + BLOCK_SECONDS

    async def _round(self, *, closed: bool) -> None:
        journal = self._journal or await self._begin()
        self._came.clear()
        for remove in self.backlog.removable():
            await self._beside(remove)
        # While there is no room only the heartbeats tell of it.
        if self._lost and (closed or not self.is_full or time.monotonic() >= self._due()):
            self._waiting.append(AuditEntry(_time(), "audit.lost", "failure", count=self._lost))
            self._lost = 0
        while self._waiting:
            taken = await self._append(journal)
            _count(self._waiting[:taken])
            # Others may have been added behind these meanwhile.
            del self._waiting[:taken]
            self._began = self._began or time.monotonic()
            if journal.size > _BLOCK_BYTES:
                await self._seal(journal)
        if closed or time.monotonic() >= self._due():
            await self._seal(journal, closed=closed)

    async def _append(self, journal: Journal) -> int:
        try:
            taken = await self._beside(partial(_append, journal, self._waiting[: self._at_once]))
        except OSError:
            # Fewer may fit. And what is there may be what fills the disk: its end fits, and once delivered it goes.
            self._at_once = max(self._at_once // 2, 1)
            if self._began is not None:
                await self._seal(journal)
            raise
        self._at_once = _MOST_AT_ONCE
        return taken

    async def _seal(self, journal: Journal, *, closed: bool = False) -> None:
        await self._beside(partial(journal.begin, _now()))
        block = await self._beside(partial(journal.seal, closed=closed))
        self._began, self._beat = None, time.monotonic()
        self.backlog.add(block)

    async def _begin(self) -> Journal:
        """The chain of this process, whose first block tells of those that were taken over. Raises OSError."""
        journal, adopted = await self._beside(partial(succeed, self._folder, uuid4(), _now()))
        self._journal, self._began = journal, time.monotonic()
        for one in adopted:
            if one.end is not None:
                _log.error("a chain of the audit trail was interrupted", extra={"chain": one.folder.name})
                entities = (f"chain/{one.folder.name}",)
                self._waiting.append(AuditEntry(_time(), "audit.interrupted", "success", entities=entities))
        self.backlog.adopt(adopted)
        return journal

    async def _beside(self, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _append(journal: Journal, entries: Sequence[AuditEntry]) -> int:
    journal.begin(_now())
    return journal.append(entries, max_bytes=_MOST_BYTES_AT_ONCE)


def _count(entries: Sequence[AuditEntry]) -> None:
    for kind, times in Counter((entry.action, entry.outcome) for entry in entries).items():
        metrics.AUDIT_ENTRIES.labels(*kind).inc(times)


def _now() -> int:
    return time.time_ns() // 1000


def _time() -> str:
    return format_rfc3339(_now())
