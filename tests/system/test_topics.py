"""Topics that exist get the configuration of today, and keep what somebody added to them."""

import asyncio
from collections.abc import Mapping
from uuid import uuid4

from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from harness import access
from harness.running import Engines
from infra.apply.topic_configs import align, configs_of
from schemas.topics import IDENTITY, TOPICS, Topic

OLD = {"cleanup.policy": "compact", "message.timestamp.type": "CreateTime", "segment.ms": "3600000"}


async def aligned_twice(kafka: str, topic: Topic) -> tuple[list[str], list[str], Mapping[str, str | None]]:
    """What aligning a topic of an older version says the first and the second time, and what the topic has then."""
    admin = AIOKafkaAdminClient(**access.to(kafka))
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic.name, 1, 1, topic_configs=OLD)])
        first, second = await align(admin, [topic]), await align(admin, [topic])
        _, own = await configs_of(admin, topic.name)
        return first, second, own
    finally:
        await admin.delete_topics([topic.name])
        await admin.close()


async def unaligned(kafka: str) -> list[str]:
    admin = AIOKafkaAdminClient(**access.to(kafka))
    await admin.start()
    try:
        return await align(admin, TOPICS)
    finally:
        await admin.close()


def test_a_topic_of_an_older_version_is_brought_up_to_date_and_told_of(engines: Engines) -> None:
    topic = Topic(f"older-{uuid4().hex}", 1, IDENTITY.configs)
    first, second, own = asyncio.run(aligned_twice(engines.kafka, topic))
    assert f"{topic.name}: message.timestamp.type is LogAppendTime now, was CreateTime" in first
    assert second == []
    assert own == OLD | dict(topic.configs)


def test_topics_that_were_just_made_need_no_change(engines: Engines) -> None:
    assert asyncio.run(unaligned(engines.kafka)) == []
