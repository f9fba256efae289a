"""One ECG of an owner, now or as soon as it is there."""

import asyncio
from collections.abc import Iterator, Sequence
from enum import Enum, auto
from uuid import UUID

from query_api.answers import Row, chosen, tells_of
from query_api.arrivals import Arrivals
from query_api.metrics import WAITS
from query_api.store_ecgs import EcgStore
from query_api.store_progress import ProgressStore
from schemas.receipts import Receipt
from service_kit.errors import EngineAwayError
from service_kit.topic_ids import TopicId

# Reading while waiting: the row is there some milliseconds before its event, a rejection sends none, and Kafka may be
# away. A dozen reads in the first half second, when nearly all insights come, and one a second from then on.
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.002, 1.0
_LONGER = 1.5
# Rows come before progress: for so long only they are read, in half the time, as most who wait have just uploaded.
_ROWS_ALONE_SECONDS = 0.03


class Missing(Enum):
    """Why there is no answer."""

    UNKNOWN = auto()
    """Nothing tells that it was ever sent."""
    PENDING = auto()
    """Accepted; the processor has not come to it yet. Another content of the ECG may be there already."""
    EXPIRED = auto()
    """Kafka removed it before the processor had read it."""
    LOST = auto()
    """The receipt's place was passed, or is in a topic that is no more, and there is no answer."""

    @property
    def is_final(self) -> bool:
        """Whether waiting would not change it."""
        return self in (Missing.EXPIRED, Missing.LOST)


Found = Sequence[Row] | Missing


def is_pending(receipt: Receipt, next_offset: int | None) -> bool:
    """Whether the processor has yet to handle the receipt's upload. `next_offset`: of its partition."""
    return next_offset is None or next_offset <= receipt.offset


class Ecgs:
    """Every method raises EngineAwayError while Cassandra is away."""

    def __init__(
        self, store: EcgStore, progress: ProgressStore, arrivals: Arrivals, topic_id: TopicId
    ) -> None:
        self._store = store
        self._progress = progress
        self._arrivals = arrivals
        self._topic_id = topic_id

    async def find(self, owner_id: UUID, ecg_id: str, receipt: Receipt | None) -> Found:
        """The rows of the owner's ECG as things stand, or why there are none."""
        found = await self._find_rows(owner_id, ecg_id, receipt)
        if receipt is None or found is not Missing.PENDING:
            return found
        pending = is_pending(receipt, await self._progress.next_offset(receipt.topic_id, receipt.partition))
        if pending and await self._may_be_read(receipt):
            return Missing.PENDING
        # It may have been stored between the two reads: rows come before progress.
        rows = await self._store.answer(owner_id, ecg_id)
        if chosen(rows):
            return rows
        return Missing.EXPIRED if await self._progress.is_expired(receipt) else Missing.LOST

    async def _may_be_read(self, receipt: Receipt) -> bool:
        """Whether the processor may still come to the receipt's place: nobody reads a topic that was deleted."""
        if self._topic_id.known in (None, receipt.topic_id):
            return True
        try:
            return await self._topic_id.look() == receipt.topic_id
        except EngineAwayError:
            return True

    async def wait_for(self, owner_id: UUID, ecg_id: str, receipt: Receipt | None, seconds: int) -> Found:
        """The same, the moment there is something to tell, or after `seconds` as things stand then."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        deadline = began + seconds
        outcome = "found"
        with self._arrivals.expect(owner_id, ecg_id) as arrived:
            for pause in _pauses():
                arrived.clear()
                look = self._find_rows if loop.time() - began < _ROWS_ALONE_SECONDS else self.find
                found = await look(owner_id, ecg_id, receipt)
                remaining = deadline - loop.time()
                if not isinstance(found, Missing) or found.is_final:
                    break
                if remaining <= 0 or self._arrivals.closing:
                    outcome = "vain"
                    break
                try:
                    await asyncio.wait_for(arrived.wait(), min(pause, remaining))
                    outcome = "woken"
                except TimeoutError:
                    outcome = "found"
        WAITS.labels(outcome).inc()
        return found

    async def _find_rows(self, owner_id: UUID, ecg_id: str, receipt: Receipt | None) -> Found:
        """The rows of the owner's ECG, or that it is not known yet whether there will be any of this upload."""
        rows = await self._store.answer(owner_id, ecg_id)
        if tells_of(rows, None if receipt is None else receipt.content_hash):
            return rows
        return Missing.UNKNOWN if receipt is None else Missing.PENDING


def _pauses() -> Iterator[float]:
    pause = _FIRST_PAUSE_SECONDS
    while True:
        yield pause
        pause = min(pause * _LONGER, _LONGEST_PAUSE_SECONDS)
