"""Reads the topic of dead letters through, and puts events back on the topic that they came from."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from itertools import chain

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from schemas.cloudevents import Record
from schemas.dead_letters import decode_dead_letter, restored
from schemas.topics import DEAD_LETTERS, UPLOADED
from service_kit import tasks
from service_kit.engines.errors import EngineAwayError
from service_kit.engines.kafka.publisher import ENGINE, Publisher, client_options
from service_kit.engines.kafka.reading import read, spans
from service_kit.engines.kafka.settings import KafkaSettings
from stream_processor.replay.letters import At, Letter, letter_of
from stream_processor.replay.reaching import REACH_SECONDS, reached

# A broker that is there has answered long before.
_PUBLISH_SECONDS = 10.0
_STOP_SECONDS = 2.0

Advance = Callable[[int], object]


class NoTopicError(Exception):
    """Kafka is there, and a topic of ours is not."""


async def letters(settings: KafkaSettings) -> tuple[list[Letter], int]:
    """Every dead letter there is now, and how many records of their topic are none.

    Raises EngineAwayError, NoTopicError.
    """
    found: list[Letter] = []
    others = 0
    async with _consumer(settings) as consumer:
        places = [TopicPartition(DEAD_LETTERS.name, number) for number in range(DEAD_LETTERS.partitions)]
        async for batch in read(consumer, await spans(consumer, places)):
            for record in chain.from_iterable(batch.values()):
                letter = letter_of(
                    record.key, record.value, record.headers, (record.partition, record.offset)
                )
                if letter is None:
                    others += 1
                else:
                    found.append(letter)
    return found, others


async def put_back(settings: KafkaSettings, places: Sequence[At], advance: Advance) -> None:
    """Put the events of the letters at `places` back on their topic and partition, with where they first stood.

    `advance` is told how many more are on all in-sync replicas. Raises EngineAwayError, those it was told of being
    put back and the others not, but for a few of which nobody knows; NoTopicError.
    """
    wanted = set(places)
    ranges = {
        TopicPartition(DEAD_LETTERS.name, partition): (
            min(offset for one, offset in wanted if one == partition),
            max(offset for one, offset in wanted if one == partition) + 1,
        )
        for partition in {partition for partition, _ in wanted}
    }
    async with _consumer(settings) as consumer, _publisher(settings) as publisher:
        if UPLOADED.name not in await publisher.topics():
            raise NoTopicError(UPLOADED.name)
        async for batch in read(consumer, ranges):
            back: dict[int, list[Record]] = {}
            for record in chain.from_iterable(batch.values()):
                if (record.partition, record.offset) in wanted:
                    dead = decode_dead_letter(record.key, record.value, record.headers)
                    back.setdefault(dead.partition, []).append(restored(dead))
            for partition, events in back.items():
                await publisher.publish(UPLOADED.name, events, partition=partition)
                advance(len(events))


@asynccontextmanager
async def _consumer(settings: KafkaSettings) -> AsyncIterator[AIOKafkaConsumer]:
    """A reader of the topic of dead letters that belongs to no group and leaves no trace."""
    consumer = AIOKafkaConsumer(
        enable_auto_commit=False, auto_offset_reset="earliest", **client_options(settings)
    )
    try:
        async with asyncio.timeout(REACH_SECONDS):
            await consumer.start()
            topics = await consumer.topics()
        if DEAD_LETTERS.name not in topics:
            raise NoTopicError(DEAD_LETTERS.name)
        yield consumer
    except (KafkaError, OSError, TimeoutError) as error:
        raise EngineAwayError(ENGINE, type(error).__name__) from None
    finally:
        await tasks.bounded(consumer.stop(), _STOP_SECONDS)


@asynccontextmanager
async def _publisher(settings: KafkaSettings) -> AsyncIterator[Publisher]:
    publisher = Publisher(settings, timeout_seconds=_PUBLISH_SECONDS)
    await publisher.open()
    try:
        await reached(ENGINE, publisher.answers)
        yield publisher
    finally:
        await publisher.close()
