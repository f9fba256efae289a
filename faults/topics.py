"""Topics read from their beginning to where they end now, as an analyst would."""

import asyncio
from collections.abc import Callable, Sequence

from aiokafka import AIOKafkaConsumer, ConsumerRecord

READ_LIMIT_SECONDS = 120.0
ONE_FETCH_SECONDS = 0.5


async def read(
    kafka: str, topics: Sequence[str], wanted: Callable[[ConsumerRecord], bool]
) -> dict[str, list[ConsumerRecord]]:
    """Of each topic the records that are wanted, a partition's in order. Raises TimeoutError, KafkaError."""
    found: dict[str, list[ConsumerRecord]] = {topic: [] for topic in topics}
    async with (
        asyncio.timeout(READ_LIMIT_SECONDS),
        AIOKafkaConsumer(*topics, bootstrap_servers=kafka, auto_offset_reset="earliest") as consumer,
    ):
        ends = await consumer.end_offsets(consumer.assignment())
        while any([await consumer.position(place) < end for place, end in ends.items()]):
            fetched = await consumer.getmany(timeout_ms=int(ONE_FETCH_SECONDS * 1000))
            for place, records in fetched.items():
                found[place.topic].extend(record for record in records if wanted(record))
    return found
