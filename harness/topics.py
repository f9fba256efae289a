"""Reading topics from their beginning to where they end now, as an analyst or an oracle would."""

import asyncio
from collections.abc import Callable, Sequence

from aiokafka import AIOKafkaConsumer, ConsumerRecord

from harness import access
from service_kit.engines.kafka import reading
from service_kit.engines.kafka.questions import Questions

READ_LIMIT_SECONDS = 120.0

Wanted = Callable[[ConsumerRecord], bool]


async def read(kafka: str, topics: Sequence[str], wanted: Wanted) -> dict[str, list[ConsumerRecord]]:
    """Of each topic the records that are wanted, a partition's in order.

    Raises TimeoutError, KafkaError, EngineAwayError.
    """
    found: dict[str, list[ConsumerRecord]] = {topic: [] for topic in topics}
    async with (
        asyncio.timeout(READ_LIMIT_SECONDS),
        AIOKafkaConsumer(*topics, **access.to(kafka), auto_offset_reset="earliest") as consumer,
    ):
        places = consumer.assignment()
        consumer.unsubscribe()
        async for batch in reading.read(consumer, await reading.spans(consumer, places)):
            for place, records in batch.items():
                found[place.topic].extend(record for record in records if wanted(record))
    return found


def read_topic(kafka: str, topic: str, wanted: Wanted) -> list[ConsumerRecord]:
    """Every record of `topic` that is wanted, from the beginning to where the topic ends now."""
    return asyncio.run(read(kafka, [topic], wanted))[topic]


def topic_id_of(kafka: str, topic: str) -> str:
    """Kafka's own id of a topic that is there."""

    async def ask() -> str:
        questions = Questions(access.kafka_settings(kafka))
        try:
            found = await questions.topic(topic)
        finally:
            await questions.close()
        assert found is not None
        return found.id

    return asyncio.run(ask())
