"""Reading a topic to its end, as an analyst or an oracle would."""

import asyncio
from collections.abc import Callable

from aiokafka import AIOKafkaConsumer, ConsumerRecord

from service_kit.engines.kafka.questions import Questions
from service_kit.settings import KafkaSettings

READ_LIMIT_SECONDS = 60.0


def read_topic(kafka: str, topic: str, wanted: Callable[[ConsumerRecord], bool]) -> list[ConsumerRecord]:
    """Every record of `topic` that is wanted, from the beginning to where the topic ends now."""

    async def read() -> list[ConsumerRecord]:
        consumer = AIOKafkaConsumer(topic, bootstrap_servers=kafka, auto_offset_reset="earliest")
        await consumer.start()
        found: list[ConsumerRecord] = []
        try:
            ends = await consumer.end_offsets(consumer.assignment())
            while any([await consumer.position(place) < end for place, end in ends.items()]):
                for records in (await consumer.getmany(timeout_ms=500)).values():
                    found.extend(record for record in records if wanted(record))
        finally:
            await consumer.stop()
        return found

    return asyncio.run(asyncio.wait_for(read(), READ_LIMIT_SECONDS))


def topic_id_of(kafka: str, topic: str) -> str:
    """Kafka's own id of a topic that is there."""

    async def ask() -> str:
        questions = Questions(KafkaSettings(kafka=kafka))
        try:
            found = await questions.topic(topic)
        finally:
            await questions.close()
        assert found is not None
        return found.id

    return asyncio.run(ask())
