"""What Kafka itself says of topics and groups, asked by the requests that its client library lacks."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from harness import access
from harness.running import Engines
from schemas.receipts import Receipt, decode_receipt, encode_receipt
from schemas.topics import PARTITIONS, RETENTION_DAYS, UPLOADED
from service_kit.engines.errors import EngineAwayError
from service_kit.engines.kafka.questions import Member, Questions
from service_kit.engines.kafka.settings import KafkaSettings
from service_kit.engines.kafka.topic_ids import TopicId

LIMIT_SECONDS = 30.0


Answer = TypeVar("Answer")


def ask(engines: Engines, question: Callable[[Questions], Awaitable[Answer]]) -> Answer:
    async def run() -> Answer:
        questions = Questions(access.kafka_settings(engines.kafka))
        try:
            return await question(questions)
        finally:
            await questions.close()

    return asyncio.run(run())


def test_a_topic_has_an_id_of_its_own_and_partitions_with_epochs(engines: Engines) -> None:
    async def twice(questions: Questions) -> None:
        first, again = await questions.topic(UPLOADED.name), await questions.topic(UPLOADED.name)
        assert first is not None
        assert first == again
        assert sorted(first.epochs) == list(range(PARTITIONS))
        receipt = Receipt(first.id, 0, 0, "ab" * 32)
        assert decode_receipt(encode_receipt(receipt)) == receipt

    ask(engines, twice)


def test_a_topic_that_is_not_there_is_not_made_by_asking(engines: Engines) -> None:
    async def twice(questions: Questions) -> None:
        name = f"nothing-{uuid4().hex}"
        assert await questions.topic(name) is None
        assert await questions.topic(name) is None

    ask(engines, twice)


def test_how_long_a_topic_keeps_its_events_is_told(engines: Engines) -> None:
    asked = ask(engines, lambda questions: questions.retention_seconds(UPLOADED.name))
    assert asked == RETENTION_DAYS * 24 * 60 * 60


def test_the_members_of_a_group_are_told_by_their_names(engines: Engines) -> None:
    async def members(questions: Questions) -> None:
        group = f"group-{uuid4().hex}"
        assert await first_members(questions, group) == []
        consumer = AIOKafkaConsumer(
            UPLOADED.name,
            **access.to(engines.kafka),
            group_id=group,
            group_instance_id="one",
            client_id="a-client",
        )
        async with consumer:
            (member,) = await questions.members(group)
            assert (member.instance_id, member.client_id) == ("one", "a-client")

    ask(engines, members)


def test_a_topic_made_again_is_another(engines: Engines) -> None:
    """Its id changes within moments for who follows it, and nobody is told an id while there is none."""

    async def follow() -> None:
        name = f"made-again-{uuid4().hex}"
        admin = AIOKafkaAdminClient(**access.to(engines.kafka))
        topic_id = TopicId(access.kafka_settings(engines.kafka), name)
        await admin.start()
        await topic_id.open()
        try:
            with pytest.raises(EngineAwayError):
                await topic_id.get()
            await admin.create_topics([NewTopic(name, 1, 1)])
            first = await eventually(topic_id, lambda found: found is not None)
            await admin.delete_topics([name])
            await eventually(topic_id, lambda found: found is None)
            await admin.create_topics([NewTopic(name, 1, 1)])
            assert await eventually(topic_id, lambda found: found is not None) != first
        finally:
            await topic_id.close()
            await admin.close()

    asyncio.run(follow())


async def first_members(questions: Questions, group: str) -> list[Member]:
    """The members, once the first to ask for any group has made Kafka able to answer."""
    async with asyncio.timeout(LIMIT_SECONDS):
        while True:
            try:
                return await questions.members(group)
            except EngineAwayError:
                await asyncio.sleep(0.1)


async def eventually(topic_id: TopicId, holds: Callable[[str | None], bool]) -> str | None:
    """What is told of the topic once it holds."""
    async with asyncio.timeout(LIMIT_SECONDS):
        while True:
            try:
                found = await topic_id.get()
            except EngineAwayError:
                found = None
            if holds(found):
                return found
            await asyncio.sleep(0.1)


def test_no_kafka_is_an_engine_away() -> None:
    questions = Questions(KafkaSettings(kafka="127.0.0.1:1"))
    with pytest.raises(EngineAwayError):
        asyncio.run(questions.topic(UPLOADED.name))
