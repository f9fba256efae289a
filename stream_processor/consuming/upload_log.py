"""Reads the upload topic beside the worker's own consumer, which that does not disturb: extents, missing offsets."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from schemas.topics import UPLOADED
from service_kit.engines.errors import EngineAwayError
from service_kit.engines.kafka.publisher import ENGINE, client_options
from service_kit.settings import KafkaSettings
from stream_processor.consuming.beginning import Extent
from stream_processor.marks import mark_after
from stream_processor.outcomes import Received
from stream_processor.retrying import Retrying

_READ_WAIT_MS = 2_000
_READ_EVENTS = 16
# Kafka answers in milliseconds; the client alone would ask on for ever.
_LOOK_SECONDS = 10.0
# An event to look at comes whole, however large it is; those behind it are not wanted.
_LOOK_FETCH_BYTES = 64 * 1024

Gone = Callable[[range], Awaitable[None]]


class UploadLog:
    """The log as Kafka has it now."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings

    async def extents(self, befores: Mapping[int, int]) -> dict[int, Extent]:
        """Of each partition how far its log reaches, and the mark of the event before an offset.

        Raises EngineAwayError.
        """
        client = self._client(max_partition_fetch_bytes=_LOOK_FETCH_BYTES)
        try:
            async with asyncio.timeout(_LOOK_SECONDS):
                await client.start()
                return await _extents(client, befores)
        except (KafkaError, OSError, TimeoutError) as error:
            raise EngineAwayError(ENGINE, type(error).__name__) from None
        finally:
            await client.stop()

    async def written_ms(self, partition: int, offset: int) -> int | None:
        """When the event at the offset was written; None where there is none. Raises EngineAwayError."""
        mark = (await self.extents({partition: offset + 1}))[partition].mark
        return None if mark is None else mark.time_ms

    async def firsts(self, partitions: Collection[int]) -> dict[int, int]:
        """Of each partition the first offset that is still there. Raises EngineAwayError."""
        return {
            one: extent.first for one, extent in (await self.extents(dict.fromkeys(partitions, 0))).items()
        }

    async def between(
        self, partition: int, start: int, stop: int, waiting: Retrying, gone: Gone
    ) -> AsyncIterator[Sequence[Received]]:
        """What Kafka holds of the offsets from `start` up to, not including, `stop`.

        `gone` is told of those before the first that it holds.
        """
        place = TopicPartition(UPLOADED.name, partition)
        client = self._client()
        try:
            await waiting.until_done(lambda: _or_away(client.start()))
            first = await waiting.until_done(lambda: _begin(client, place, start))
            if first > start:
                await gone(range(start, min(first, stop)))
            while (position := await client.position(place)) < stop:
                found = await client.getmany(place, timeout_ms=_READ_WAIT_MS, max_records=_READ_EVENTS)
                batch = [_received(record) for record in found.get(place, ()) if record.offset < stop]
                if batch:
                    yield batch
                elif await client.position(place) == position:
                    waiting.cause = "kafka is away: it does not give out what it has"
        finally:
            await client.stop()

    def _client(self, **options: Any) -> AIOKafkaConsumer:
        return AIOKafkaConsumer(auto_offset_reset="earliest", **client_options(self._settings), **options)


async def _extents(client: AIOKafkaConsumer, befores: Mapping[int, int]) -> dict[int, Extent]:
    places = {TopicPartition(UPLOADED.name, partition): before for partition, before in befores.items()}
    client.assign(list(places))
    firsts, ends = await asyncio.gather(client.beginning_offsets(places), client.end_offsets(places))
    wanted = {place for place, before in places.items() if firsts[place] < before <= ends[place]}
    marks = {}
    for place, before in places.items():
        # Where nothing is wanted, nothing is fetched.
        if place in wanted:
            client.seek(place, before - 1)
        else:
            client.pause(place)
    while wanted:
        for place, records in (await client.getmany(*wanted, timeout_ms=_READ_WAIT_MS)).items():
            wanted.discard(place)
            if records[0].offset == places[place] - 1:
                marks[place] = mark_after(_received(records[0]))
    return {place.partition: Extent(firsts[place], ends[place], marks.get(place)) for place in places}


async def _begin(client: AIOKafkaConsumer, place: TopicPartition, start: int) -> int:
    """Go to `start`, or to the first offset there is; which is returned."""
    client.assign([place])
    (first,) = (await _or_away(client.beginning_offsets([place]))).values()
    client.seek(place, max(start, first))
    return int(first)


async def _or_away(call: Awaitable[Any]) -> Any:
    try:
        return await call
    except (KafkaError, OSError) as error:
        raise EngineAwayError(ENGINE, type(error).__name__) from None


def _received(record: ConsumerRecord) -> Received:
    return Received(
        record.topic,
        record.partition,
        record.offset,
        record.key,
        record.value,
        record.headers,
        record.timestamp,
    )
