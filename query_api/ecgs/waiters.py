"""Long-polls: who waits for which ECG, and the tail of ``ecg.insights.v1`` that wakes them.

Waking is a hint and promises nothing: an answer may be there without it (Kafka was away, or the upload was
rejected), so whoever waits looks from time to time as well.
"""

import asyncio
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from query_api.metrics import EVENTS, WAITING
from query_api.settings import Settings
from schemas.ids import ecg_key
from schemas.topics import INSIGHTS
from service_kit import logs, tasks
from service_kit.callers.shares import Shares
from service_kit.engines.backoff import backoff
from service_kit.engines.errors import EngineAwayError
from service_kit.engines.kafka.publisher import client_options
from service_kit.engines.kafka.reading import ANSWER_SECONDS, spans

_log = logging.getLogger(__name__)

# How long a fetch without news stays open at the broker; news end it at once.
_FETCH_WAIT_MS = 1_000
# While nobody waits, what has come is taken in this often, many events at once: a tenth of a millisecond each is saved.
_NOBODY_WAITS_SECONDS = 0.05
# A broker that moved to another address is silent for ever: after so long without news Kafka is asked if it is there.
_SILENCE_SECONDS = 5.0
_STOP_SECONDS = 2.0


class Waiters:
    """Wakes those who wait for an ECG when its insight event passes; at most `settings.waiters`, shared by owner."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._waiting: dict[bytes, set[asyncio.Event]] = {}
        self.waits = Shares(settings.waiters, "waits")
        self.closing = False
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Begin to tail; returns at once, also while Kafka is away."""
        self._task = asyncio.create_task(self._tail())

    async def close(self) -> None:
        """Stop tailing."""
        self.release()
        await tasks.end(self._task)

    def release(self) -> None:
        """Let nobody wait any longer, now or later."""
        self.closing = True
        for events in self._waiting.values():
            for event in events:
                event.set()

    def takes(self, owner_id: UUID) -> bool:
        """Whether this owner may wait once more."""
        return not self.closing and self.waits.has_room(owner_id)

    @contextmanager
    def expect(self, owner_id: UUID, ecg_id: str) -> Iterator[asyncio.Event]:
        """An event that is set each time an insight of this ECG arrives."""
        key = ecg_key(owner_id, ecg_id)
        arrived = asyncio.Event()
        events = self._waiting.setdefault(key, set())
        events.add(arrived)
        self.waits.take(owner_id)
        WAITING.set(self.waits.total)
        try:
            yield arrived
        finally:
            self.waits.give_back(owner_id)
            WAITING.set(self.waits.total)
            events.discard(arrived)
            if not events:
                self._waiting.pop(key, None)

    async def _tail(self) -> None:
        for wait in backoff():
            try:
                await self._follow()
            except (KafkaError, OSError, EngineAwayError) as error:
                _log.warning("kafka is away, waiting by reading", extra={"cause": type(error).__name__})
            except asyncio.CancelledError:
                if tasks.told_to_end():
                    raise
                _log.warning("kafka's client broke off, waiting by reading")
            except Exception as error:  # noqa: BLE001 - without the tail there is still the reading
                logs.unforeseen(_log, error)
            await asyncio.sleep(wait)

    async def _follow(self) -> None:
        consumer = AIOKafkaConsumer(
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="latest",
            fetch_max_wait_ms=_FETCH_WAIT_MS,
            check_crcs=False,
            **client_options(self._settings),
        )
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await consumer.start()
                partitions = [TopicPartition(INSIGHTS.name, number) for number in range(INSIGHTS.partitions)]
                consumer.assign(partitions)
                await consumer.seek_to_end()
            heard = time.monotonic()
            while True:
                found = await consumer.getmany(timeout_ms=_FETCH_WAIT_MS)
                if found:
                    heard = time.monotonic()
                elif time.monotonic() - heard > _SILENCE_SECONDS:
                    await spans(consumer, partitions)
                    heard = time.monotonic()
                for records in found.values():
                    EVENTS.inc(len(records))
                    for record in records:
                        self._wake(record.key)
                if not self.waits.total:
                    await asyncio.sleep(_NOBODY_WAITS_SECONDS)
        finally:
            await tasks.bounded(consumer.stop(), _STOP_SECONDS)

    def _wake(self, key: bytes | None) -> None:
        # Owner and ECG; behind them the key names content, insight and version.
        about = b"/".join((key or b"").split(b"/")[:2])
        for event in self._waiting.get(about, ()):
            event.set()
