"""The worker's place in its consumer group: what it reads, what it commits, and what it hands over.

Faust keeps its Kafka client in a thread of its own and has no public way to some of what is needed here; all
of that is in this one file.
"""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, cast

import faust
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.structs import OffsetAndMetadata
from faust.transport.consumer import Consumer
from faust.types import TP

from schemas.topics import UPLOADED
from service_kit.errors import EngineAwayError
from service_kit.kafka import ENGINE, client_options
from service_kit.settings import KafkaSettings
from stream_processor.acknowledging import Acknowledging, Offsets
from stream_processor.lanes import Lanes
from stream_processor.outcomes import Received
from stream_processor.waiting import Waiting

_log = logging.getLogger(__name__)

# Handing over must end before the group stops waiting for this worker.
_HAND_OVER_SECONDS = 3.0
_READ_WAIT_MS = 2_000
_READ_EVENTS = 16


class Group:
    """The consumer group as this worker sees it. Also where its lanes' events come from."""

    def __init__(self, settings: KafkaSettings, app: faust.App) -> None:
        self._settings = settings
        self._app = app

    def hand_over_by(
        self, lanes: Lanes, acknowledging: Acknowledging, forgetting: Sequence[Callable[[], None]]
    ) -> None:
        """In every rebalance finish what is under way, commit it, let go of the rest, and have `forgetting` forget what
        others may change.
        """

        async def hand_over(*_: Any, **__: Any) -> None:
            await lanes.drop()
            await acknowledging.flush(timeout_seconds=_HAND_OVER_SECONDS)
            for forget in (acknowledging.forget, *forgetting):
                forget()

        self._app.on_partitions_revoked.connect(hand_over)

    @property
    def is_member(self) -> bool:
        """Whether the consumer group knows this worker."""
        client = self._client()
        return client is not None and client._coordinator.generation > 0  # noqa: SLF001

    def ends(self) -> Offsets:
        """Of each partition that this worker reads, the offset after Kafka's last event, as last heard."""
        client = self._client()
        if client is None:
            return {}
        ends = {}
        for place in client.assignment():
            # The client's own thread may take the partition away meanwhile.
            with suppress(AssertionError, AttributeError):
                ends[place.partition] = client.highwater(place) or 0
        return ends

    async def commit(self, offsets: Offsets) -> bool:
        """Commit what is finished of the partitions that this worker reads; whether Kafka has it."""
        client = self._client()
        if client is None:
            return False
        owned = client.assignment()
        places = {TopicPartition(UPLOADED.name, partition): offset for partition, offset in offsets.items()}
        owned_places = {
            place: OffsetAndMetadata(offset, "") for place, offset in places.items() if place in owned
        }
        if not owned_places:
            return True
        try:
            await self._consumer._thread.call_thread(client.commit, owned_places)  # type: ignore[attr-defined] # noqa: SLF001
        except KafkaError as error:
            # A rebalance came between, or Kafka is away: what is not committed comes again.
            _log.warning("not committed", extra={"error": type(error).__name__})
            return False
        return True

    def committed(self, partition: int) -> int:
        """Where this worker began to read the partition: everything before it is finished."""
        return self._consumer._committed_offset.get(TP(UPLOADED.name, partition)) or 0  # noqa: SLF001

    def stop(self, partition: int) -> None:
        """Fetch no more of a partition for now; what is on its way still comes."""
        self._consumer.on_buffer_full(TP(UPLOADED.name, partition))

    def resume(self, partition: int) -> None:
        """Fetch on."""
        self._consumer.on_buffer_drop(TP(UPLOADED.name, partition))

    async def between(
        self, partition: int, start: int, stop: int, waiting: Waiting
    ) -> AsyncIterator[Sequence[Received]]:
        """What Kafka holds of the offsets from `start` up to, not including, `stop`.

        By a client of its own: what the other one fetches meanwhile is not disturbed.
        """
        place = TopicPartition(UPLOADED.name, partition)
        client = AIOKafkaConsumer(auto_offset_reset="earliest", **client_options(self._settings))
        try:
            await waiting.until_done(lambda: _or_away(client.start()))
            await waiting.until_done(lambda: _begin(client, place, start))
            while (position := await client.position(place)) < stop:
                found = await client.getmany(place, timeout_ms=_READ_WAIT_MS, max_records=_READ_EVENTS)
                batch = [_received(record) for record in found.get(place, ()) if record.offset < stop]
                if batch:
                    yield batch
                elif await client.position(place) == position:
                    waiting.cause = "kafka is away: it does not give out what it has"
        finally:
            await client.stop()

    @property
    def _consumer(self) -> Consumer:
        return cast("Consumer", self._app.consumer)

    def _client(self) -> Any:
        """The Kafka client inside Faust's consumer thread, once there is one."""
        return getattr(getattr(self._consumer, "_thread", None), "_consumer", None)


async def _begin(client: AIOKafkaConsumer, place: TopicPartition, start: int) -> None:
    client.assign([place])
    (first,) = (await _or_away(client.beginning_offsets([place]))).values()
    client.seek(place, max(start, first))


async def _or_away(call: Awaitable[Any]) -> Any:
    try:
        return await call
    except (KafkaError, OSError) as error:
        raise EngineAwayError(ENGINE, type(error).__name__) from None


def _received(record: Any) -> Received:
    return Received(record.topic, record.partition, record.offset, record.key, record.value, record.headers)
