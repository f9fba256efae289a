"""Looks up one ECG of an owner: as things stand, or for who would wait as soon as there is something to tell."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from query_api.ecgs.choosing import Row, UploadStatus, chosen, upload
from query_api.ecgs.progress import ProgressStore
from query_api.ecgs.store import EcgStore
from query_api.ecgs.waiters import Waiters
from query_api.metrics import WAITS
from schemas.receipts import Receipt
from service_kit.engines.errors import EngineAwayError
from service_kit.engines.kafka.topic_ids import TopicId

# Reading while waiting: the row is there some milliseconds before its event, a rejection sends none, and Kafka may be
# away. A dozen reads in the first half second, when nearly all insights come, and one a second from then on.
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.002, 1.0
_LONGER = 1.5
# Rows come before progress: for so long only they are read, in half the time, as most who wait have just uploaded.
_ROWS_ALONE_SECONDS = 0.03


# Why there will be no answer, as a status says it; in either case it has to be sent again.
EXPIRED = "expired"
"""Kafka removed the upload before the processor had read it."""
LOST = "lost"
"""The receipt's place was passed, or is in a topic that is no more, and nothing tells of the upload."""


@dataclass(frozen=True, slots=True)
class Found:
    """What there is of an ECG, and with a receipt what became of its upload."""

    rows: Sequence[Row]
    upload: UploadStatus | None

    @property
    def is_pending(self) -> bool:
        """Whether the upload is still to be processed; another content of its ECG may be there already."""
        return self.upload is not None and self.upload.status == "accepted"


def sent_by(device_id: UUID, found: Found) -> Found | None:
    """What a device may hear of this: all where it sent any of it, else only that its upload is still to come, or that
    none is to come.
    """
    if any(row["device_id"] == device_id for row in found.rows):
        return found
    became = found.upload
    if became is None or not (found.is_pending or became.reason in (EXPIRED, LOST)):
        return None
    return Found([], became)


def is_pending(receipt: Receipt, next_offset: int | None) -> bool:
    """Whether the processor has yet to handle the receipt's upload. `next_offset`: of its partition."""
    return next_offset is None or next_offset <= receipt.offset


class Ecgs:
    """Every method raises EngineAwayError while Cassandra is away."""

    def __init__(self, store: EcgStore, progress: ProgressStore, waiters: Waiters, topic_id: TopicId) -> None:
        self._store = store
        self._progress = progress
        self._waiters = waiters
        self._topic_id = topic_id

    async def find(self, owner_id: UUID, ecg_id: str, receipt: Receipt | None) -> Found | None:
        """The owner's ECG as things stand; None where nothing tells that it was ever sent."""
        found = await self._find_rows(owner_id, ecg_id, receipt)
        if receipt is None or found is None or not found.is_pending:
            return found
        pending = is_pending(receipt, await self._progress.next_offset(receipt.topic_id, receipt.partition))
        if pending and await self._may_be_read(receipt):
            return found
        # It may have been stored between the two reads: rows come before progress.
        found = await self._find_rows(owner_id, ecg_id, receipt)
        if found is None or not found.is_pending:
            return found
        reason = EXPIRED if await self._progress.is_expired(receipt) else LOST
        return Found(found.rows, UploadStatus(receipt.content_hash, "rejected", reason))

    async def _may_be_read(self, receipt: Receipt) -> bool:
        """Whether the processor may still come to the receipt's place: nobody reads a topic that was deleted."""
        if self._topic_id.known in (None, receipt.topic_id):
            return True
        try:
            return await self._topic_id.look() == receipt.topic_id
        except EngineAwayError:
            return True

    async def wait_for(
        self, owner_id: UUID, ecg_id: str, receipt: Receipt | None, seconds: int
    ) -> Found | None:
        """The same, the moment there is something to tell, or after `seconds` as things stand then."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        deadline = began + seconds
        outcome = "found"
        with self._waiters.expect(owner_id, ecg_id) as arrived:
            for pause in _pauses():
                arrived.clear()
                look = self._find_rows if loop.time() - began < _ROWS_ALONE_SECONDS else self.find
                found = await look(owner_id, ecg_id, receipt)
                remaining = deadline - loop.time()
                if found is not None and not found.is_pending:
                    break
                if remaining <= 0 or self._waiters.closing:
                    outcome = "vain"
                    break
                try:
                    await asyncio.wait_for(arrived.wait(), min(pause, remaining))
                    outcome = "woken"
                except TimeoutError:
                    outcome = "found"
        WAITS.labels(outcome).inc()
        return found

    async def _find_rows(self, owner_id: UUID, ecg_id: str, receipt: Receipt | None) -> Found | None:
        """What the rows of the owner's ECG tell; of an upload that they do not tell of, that it is pending."""
        rows = await self._store.answer(owner_id, ecg_id)
        if receipt is None:
            return Found(rows, None) if chosen(rows) else None
        became = upload(rows, receipt.content_hash)
        return Found(rows, UploadStatus(receipt.content_hash, "accepted") if became is None else became)


def _pauses() -> Iterator[float]:
    pause = _FIRST_PAUSE_SECONDS
    while True:
        yield pause
        pause = min(pause * _LONGER, _LONGEST_PAUSE_SECONDS)
