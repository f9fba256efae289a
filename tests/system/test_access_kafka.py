"""What an account may not do, the engine itself refuses: each thing is tried, and what it may do is tried beside it."""

import asyncio
from collections.abc import Coroutine
from itertools import product

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    KafkaConnectionError,
    KafkaError,
    TopicAuthorizationFailedError,
)

from harness import access
from harness.running import Engines
from infra.access.accounts import ANALYST, INGEST, PROCESSOR, QUERY, SERVICES
from schemas.topics import AUDIT, DEAD_LETTERS, IDENTITY, INSIGHTS, REFUSALS, TOPICS, UPLOADED

LIMIT_SECONDS = 20.0
ACCOUNTS = (*SERVICES, ANALYST)
WRITERS = {
    (INGEST, UPLOADED.name),
    (PROCESSOR, INSIGHTS.name),
    (PROCESSOR, DEAD_LETTERS.name),
    (QUERY, IDENTITY.name),
    (QUERY, AUDIT.name),
    (INGEST, REFUSALS.name),
}
READERS = {
    (INGEST, IDENTITY.name),
    (PROCESSOR, UPLOADED.name),
    (QUERY, INSIGHTS.name),
    (QUERY, IDENTITY.name),
    (QUERY, AUDIT.name),
    (QUERY, REFUSALS.name),
    (ANALYST, UPLOADED.name),
    (ANALYST, INSIGHTS.name),
    (ANALYST, DEAD_LETTERS.name),
}
GROUPS = {(PROCESSOR, "stream_processor"), (QUERY, "query_api"), (ANALYST, "analyst-1")}


def within(work: Coroutine[None, None, None]) -> None:
    """Run it to its end, for a bounded time."""

    async def run() -> None:
        async with asyncio.timeout(LIMIT_SECONDS):
            await work

    asyncio.run(run())


async def write(kafka: str, name: str, topic: str) -> None:
    """Write what no service takes for its own."""
    async with AIOKafkaProducer(**access.to(kafka, name), acks="all") as producer:
        await producer.send_and_wait(topic, b"", b"nobody/nothing", 0)


async def read(kafka: str, name: str, topic: str) -> None:
    """Fetch from a topic once."""
    async with AIOKafkaConsumer(**access.to(kafka, name), auto_offset_reset="earliest") as consumer:
        place = TopicPartition(topic, 0)
        consumer.assign([place])
        await consumer.seek_to_beginning(place)
        await consumer.getmany(place, timeout_ms=500)


async def commit(kafka: str, name: str, group: str) -> None:
    """Say of a group how far it has read."""
    async with AIOKafkaConsumer(
        **access.to(kafka, name), group_id=group, enable_auto_commit=False
    ) as consumer:
        place = TopicPartition(UPLOADED.name, 0)
        consumer.assign([place])
        await consumer.committed(place)


@pytest.mark.parametrize(("name", "topic"), [*product(ACCOUNTS, [topic.name for topic in TOPICS])])
def test_a_topic_is_written_only_by_who_may(engines: Engines, name: str, topic: str) -> None:
    if (name, topic) in WRITERS:
        # What stands there is believed by others.
        if topic not in {IDENTITY.name, AUDIT.name}:
            within(write(engines.kafka, name, topic))
        return
    with pytest.raises(TopicAuthorizationFailedError):
        within(write(engines.kafka, name, topic))


@pytest.mark.parametrize(("name", "topic"), [*product(ACCOUNTS, [topic.name for topic in TOPICS])])
def test_a_topic_is_read_only_by_who_may(engines: Engines, name: str, topic: str) -> None:
    if (name, topic) in READERS:
        within(read(engines.kafka, name, topic))
        return
    with pytest.raises((TopicAuthorizationFailedError, TimeoutError)):
        within(read(engines.kafka, name, topic))


@pytest.mark.parametrize(
    ("name", "group"), [*product(ACCOUNTS, ["stream_processor", "query_api", "analyst-1", "other"])]
)
def test_nobody_is_in_a_group_of_others(engines: Engines, name: str, group: str) -> None:
    if (name, group) in GROUPS:
        within(commit(engines.kafka, name, group))
        return
    with pytest.raises((GroupAuthorizationFailedError, TopicAuthorizationFailedError)):
        within(commit(engines.kafka, name, group))


@pytest.mark.parametrize("name", ACCOUNTS)
def test_no_topic_is_made_and_none_removed(engines: Engines, name: str) -> None:
    async def made() -> tuple[int, int]:
        admin = AIOKafkaAdminClient(**access.to(engines.kafka, name))
        await admin.start()
        try:
            created = await admin.create_topics([NewTopic(f"of-{name}", 1, 1)])
            deleted = await admin.delete_topics([UPLOADED.name])
            return created.topic_errors[0][1], deleted.topic_error_codes[0][1]
        finally:
            await admin.close()

    assert asyncio.run(made()) == (TopicAuthorizationFailedError.errno, TopicAuthorizationFailedError.errno)


def test_nobody_comes_in_without_a_password(engines: Engines) -> None:
    with pytest.raises((KafkaError, TimeoutError)):
        within(_start({"bootstrap_servers": engines.kafka}))


@pytest.mark.parametrize("name", [*ACCOUNTS, "operator", "broker", "somebody"])
def test_nobody_comes_in_with_a_wrong_password(
    engines: Engines, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    known = name if name in access.accounts() else ANALYST
    wrong = {"sasl_plain_username": name, "sasl_plain_password": "not the word"}
    with pytest.raises(KafkaConnectionError):
        within(_start(access.to(engines.kafka, known) | wrong))
    assert "SaslAuthenticationFailed" in caplog.text


async def _start(options: dict[str, object]) -> None:
    consumer = AIOKafkaConsumer(**options)
    try:
        await consumer.start()
    finally:
        await consumer.stop()
