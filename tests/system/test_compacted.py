"""A compacted topic is followed through its end and its beginning anew, also where as many records come again."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from harness import access
from harness.running import Engines
from service_kit.engines.kafka.compacted_topic import CompactedTopic, Latest

LIMIT_SECONDS = 60.0


class Followed:
    """A topic of a test's own, and what is made of it."""

    def __init__(self, kafka: str, admin: AIOKafkaAdminClient) -> None:
        self.name = f"compacted-{uuid4().hex}"
        self.calls: list[Sequence[Latest]] = []
        self.topic = CompactedTopic(access.kafka_settings(kafka), self.name, self.calls.append)
        self._kafka = kafka
        self._admin = admin

    @property
    def values(self) -> dict[bytes, bytes | None]:
        return {key: latest.value for key, latest in self.topic.records.items()}

    async def make(self) -> None:
        configs = {"cleanup.policy": "compact"}
        await self._admin.create_topics([NewTopic(self.name, 1, 1, topic_configs=configs)])

    async def delete(self) -> None:
        await self._admin.delete_topics([self.name])
        while self.name in await self._admin.list_topics():
            await asyncio.sleep(0.1)

    async def write(self, **records: bytes | None) -> None:
        async with AIOKafkaProducer(**access.to(self._kafka), acks="all") as producer:
            for key, value in records.items():
                await producer.send_and_wait(self.name, value, key.encode(), partition=0)

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(LIMIT_SECONDS):
            while not holds():
                await asyncio.sleep(0.05)


@asynccontextmanager
async def followed(
    kafka: str, believes: Callable[[Latest], bool] = lambda _: True
) -> AsyncIterator[Followed]:
    admin = AIOKafkaAdminClient(**access.to(kafka))
    await admin.start()
    made = Followed(kafka, admin)
    await made.topic.open(believes)
    try:
        yield made
    finally:
        await made.topic.close()
        await admin.delete_topics([made.name])
        await admin.close()


def test_the_last_of_each_key_is_known_and_what_comes_is_told(engines: Engines) -> None:
    async def play() -> None:
        async with followed(engines.kafka) as it:
            assert not it.topic.read_to_end
            await it.make()
            await it.write(a=b"1", b=b"1")
            await it.write(a=b"2", b=None)
            await it.until(lambda: it.values == {b"a": b"2", b"b": None})
            before = len(it.calls)
            await it.write(c=b"1")
            await it.until(lambda: it.values == {b"a": b"2", b"b": None, b"c": b"1"})
            assert [latest.value for latest in it.calls[before]] == [b"1"]

    asyncio.run(play())


@pytest.mark.parametrize("again", [{}, {"c": b"3", "d": b"4"}, {"a": b"5", "b": b"6", "c": b"7"}])
def test_a_topic_that_was_made_again_is_read_anew(engines: Engines, again: dict[str, bytes]) -> None:
    """Emptied, with as many records as before, and with more: offsets alone tell the first only."""

    async def play() -> None:
        async with followed(engines.kafka) as it:
            await it.make()
            await it.write(a=b"1", b=b"2")
            await it.until(lambda: it.values == {b"a": b"1", b"b": b"2"})
            await it.delete()
            assert it.values == {b"a": b"1", b"b": b"2"}
            await it.make()
            await it.write(**again)
            await it.until(lambda: it.values == {key.encode(): value for key, value in again.items()})
            assert it.topic.read_to_end

    asyncio.run(play())


def test_what_is_not_believed_is_passed_over_and_known_to_be_there(engines: Engines) -> None:
    def believes(latest: Latest) -> bool:
        return latest.value != b"forged"

    async def play() -> None:
        async with followed(engines.kafka, believes) as made:
            await made.make()
            await made.write(a=b"1", b=b"forged", c=b"2")
            await made.write(a=b"forged")
            await made.until(lambda: made.values == {b"a": b"1", b"c": b"2"})
            await made.until(lambda: b"a" in made.topic.overwritten)
            assert made.topic.overwritten.keys() == {b"a", b"b"}
            await made.write(c=b"forged", b=b"3", d=b"4")
            await made.until(lambda: b"d" in made.values)
            assert made.values == {b"a": b"1", b"b": b"3", b"c": b"2", b"d": b"4"}
            assert made.topic.overwritten.keys() == {b"a", b"c"}
            assert not [one for call in made.calls for one in call if one.value == b"forged"]

    asyncio.run(play())
