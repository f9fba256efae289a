"""Reads the upload topic beside the worker's own consumer, which that does not disturb: extents, missing offsets."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from schemas.topics import UPLOADED
from service_kit import tasks
from service_kit.engines.errors import EngineAwayError
from service_kit.engines.kafka.publisher import ENGINE, client_options
from service_kit.engines.kafka.reading import read, spans
from service_kit.engines.kafka.settings import KafkaSettings
from stream_processor.consuming.beginning import Extent
from stream_processor.marks import mark_after
from stream_processor.outcomes import Received
from stream_processor.retrying import Retrying

_READ_WAIT_MS = 2_000
_READ_EVENTS = 16
# Kafka answers in milliseconds; the client alone would ask on for ever.
_LOOK_SECONDS = 10.0
_STOP_SECONDS = 2.0
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
            await tasks.bounded(client.stop(), _STOP_SECONDS)

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
        while start < stop:
            client, first = await waiting.until_done(lambda: self._opened(place))
            try:
                if first > start:
                    await gone(range(start, min(first, stop)))
                    start = first
                async for found in read(client, {place: (start, stop)}, max_records=_READ_EVENTS):
                    if batch := [_received(record) for record in found[place]]:
                        yield batch
                        start = batch[-1].offset + 1
                return
            except (KafkaError, EngineAwayError) as error:
                waiting.cause = str(error) or type(error).__name__
            finally:
                await tasks.bounded(client.stop(), _STOP_SECONDS)

    async def _opened(self, place: TopicPartition) -> tuple[AIOKafkaConsumer, int]:
        """A client, and where the partition begins."""
        client = self._client()
        try:
            async with asyncio.timeout(_LOOK_SECONDS):
                await client.start()
            return client, (await spans(client, [place]))[place][0]
        except BaseException as error:
            await tasks.bounded(client.stop(), _STOP_SECONDS)
            if isinstance(error, KafkaError | OSError):
                raise EngineAwayError(ENGINE, type(error).__name__) from None
            raise

    def _client(self, **options: Any) -> AIOKafkaConsumer:
        return AIOKafkaConsumer(auto_offset_reset="earliest", **client_options(self._settings), **options)


async def _extents(client: AIOKafkaConsumer, befores: Mapping[int, int]) -> dict[int, Extent]:
    places = {TopicPartition(UPLOADED.name, partition): before for partition, before in befores.items()}
    client.assign(list(places))
    there = await spans(client, places)
    wanted = {place for place, before in places.items() if there[place][0] < before <= there[place][1]}
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
    return {place.partition: Extent(*there[place], marks.get(place)) for place in places}


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
