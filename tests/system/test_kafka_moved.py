"""Kafka that comes back at another address, which whoever was told the old one hears of by asking alone."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from harness import access
from harness.brokers import OwnKafka, own_kafka
from harness.links import Link
from infra.local.ports import any_free
from query_api.ecgs.waiters import Waiters
from query_api.settings import Settings
from schemas.ids import ecg_key
from schemas.topics import INSIGHTS
from service_kit import tasks
from service_kit.engines.errors import EngineAwayError
from service_kit.engines.kafka.reading import read, spans

LIMIT_SECONDS = 60.0
STOP_SECONDS = 2.0


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[OwnKafka]:
    with own_kafka(tmp_path) as kafka:
        yield kafka


@asynccontextmanager
async def known_as(broker: OwnKafka) -> AsyncIterator[str]:
    """An address that leads to the broker wherever it is, as a service's name does."""

    def place() -> tuple[str, int]:
        host, port = broker.address.split(":")
        return host, int(port)

    async with Link(any_free(), place).open() as link:
        yield f"127.0.0.1:{link.port}"


async def write(kafka: str, key: bytes, partition: int = 0) -> None:
    async with AIOKafkaProducer(**access.to(kafka), acks="all") as producer:
        await producer.send_and_wait(INSIGHTS.name, b"{}", key, partition=partition)


def test_whoever_waits_is_woken_again_and_a_reader_says_that_kafka_is_away(broker: OwnKafka) -> None:
    async def play() -> None:
        async with known_as(broker) as name:
            owner = uuid4()
            key = ecg_key(owner, "a") + b"/hash/zero_crossings/1"
            arrivals = Waiters(Settings(**dict(access.kafka_settings(name, "query_api"))))
            await arrivals.open()
            reader = AIOKafkaConsumer(**access.to(name), auto_offset_reset="earliest")
            await reader.start()
            places = [TopicPartition(INSIGHTS.name, number) for number in range(INSIGHTS.partitions)]
            try:
                with arrivals.expect(owner, "a") as arrived:
                    await until_woken(broker, key, arrived)
                    ends = await spans(reader, places)
                    await asyncio.to_thread(broker.move)
                    arrived.clear()
                    await until_woken(broker, key, arrived)
                with pytest.raises(EngineAwayError):
                    async for _ in read(reader, {place: (0, end + 1) for place, (_, end) in ends.items()}):
                        pass
            finally:
                await tasks.bounded(reader.stop(), STOP_SECONDS)
                await arrivals.close()

    asyncio.run(play())


async def until_woken(broker: OwnKafka, key: bytes, arrived: asyncio.Event) -> None:
    """Events come until one is heard: the tail hears those alone that came after it was there."""
    async with asyncio.timeout(LIMIT_SECONDS):
        while not arrived.is_set():
            await write(broker.address, key)
            await asyncio.sleep(0.5)
