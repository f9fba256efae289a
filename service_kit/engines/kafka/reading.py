"""Topics read from given offsets to where they end now, and no further: the one way in which that is done.

The end is where Kafka says that the log ends, whether a record stands before it or compaction left none. A Kafka that
gives nothing is asked whether it is there: one that moved is silent for ever at the address that it once named. Nor is
what is missing taken for read: where the log was cut meanwhile, Kafka is as good as away.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Collection, Mapping, Sequence

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from service_kit.engines.errors import EngineAwayError
from service_kit.engines.kafka.publisher import ENGINE

# Kafka answers in milliseconds; the client alone would ask on for ever.
ANSWER_SECONDS = 5.0
# How long a fetch may bring nothing before it is asked why, and how long in all.
_FETCH_SECONDS = 2.0
_SILENCE_SECONDS = 10.0

Span = tuple[int, int]
"""The first offset, and the one behind the last."""


async def spans(consumer: AIOKafkaConsumer, places: Collection[TopicPartition]) -> dict[TopicPartition, Span]:
    """From where each partition begins to where it ends now. Raises EngineAwayError."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            begins = await consumer.beginning_offsets(places)
            ends = await consumer.end_offsets(places)
    except (KafkaError, OSError) as error:
        raise EngineAwayError(ENGINE, type(error).__name__) from None
    return {place: (begins[place], ends[place]) for place in places}


async def read(
    consumer: AIOKafkaConsumer, wanted: Mapping[TopicPartition, Span], *, max_records: int | None = None
) -> AsyncIterator[dict[TopicPartition, Sequence[ConsumerRecord]]]:
    """The records there are of these offsets, some at a time, those of a partition in order.

    The consumer, of no group and started, is assigned these partitions, and stands behind what was read. Raises
    EngineAwayError, KafkaError.
    """
    stops = {place: stop for place, (_, stop) in wanted.items()}
    consumer.assign(list(wanted))
    for place, (first, _) in wanted.items():
        consumer.seek(place, first)
    heard = time.monotonic()
    while unread := await _unread(consumer, stops):
        found = await consumer.getmany(
            *unread, timeout_ms=int(_FETCH_SECONDS * 1000), max_records=max_records
        )
        if found:
            heard = time.monotonic()
            yield {
                place: [one for one in records if wanted[place][0] <= one.offset < stops[place]]
                for place, records in found.items()
            }
        elif time.monotonic() - heard > _SILENCE_SECONDS:
            raise EngineAwayError(ENGINE, "it does not give out what it has")
        else:
            await spans(consumer, unread)


async def _unread(consumer: AIOKafkaConsumer, stops: Mapping[TopicPartition, int]) -> list[TopicPartition]:
    try:
        # Where the position is not known any more, Kafka is asked.
        async with asyncio.timeout(ANSWER_SECONDS):
            return [place for place, stop in stops.items() if await consumer.position(place) < stop]
    except TimeoutError:
        raise EngineAwayError(ENGINE, "no answer") from None
