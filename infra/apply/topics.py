"""Makes the topics of `schemas.topics`, and gives those that exist the same configuration; a wrong number of
partitions is an error.
"""

import asyncio
from contextlib import suppress
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import NodeNotReadyError

from infra.access.accounts import Accounts
from infra.access.kafka.applying import apply_rights
from infra.apply.topic_configs import align
from infra.errors import SetupError
from schemas.topics import TOPICS

# Kafka's codes in the answer to a creation.
CREATED, ALREADY_THERE = 0, 36
NO_ERROR = 0
# A new topic is usable when each partition has a leader, which takes a moment; so does a Kafka that was started.
LEADERS_LIMIT_SECONDS = 30.0
LEADERS_POLL_SECONDS = 0.1


async def apply_topics(
    bootstrap: str, *, replication: int, accounts: Accounts | None = None, **security: Any
) -> list[str]:
    """Make the missing topics and wait until all can be used; a sentence for each change of one that existed.

    `accounts`: who is known to Kafka from then on, each with its rights; None: nothing is changed of either.
    `security` is aiokafka's (protocol, SASL, TLS).

    Raises SetupError where Kafka refuses one or an existing topic has another number of partitions, and
    aiokafka's own errors where Kafka is away.
    """
    async with asyncio.timeout(LEADERS_LIMIT_SECONDS):
        while (admin := await connected(bootstrap, security)) is None:
            await asyncio.sleep(LEADERS_POLL_SECONDS)
    try:
        answer = await admin.create_topics(
            [
                NewTopic(
                    topic.name,
                    topic.partitions,
                    replication,
                    topic_configs=dict(topic.configs),
                )
                for topic in TOPICS
            ]
        )
        for name, code, *message in answer.topic_errors:
            if code not in (CREATED, ALREADY_THERE):
                raise SetupError(f"Kafka did not make the topic {name}: {message[0] if message else code}")
        async with asyncio.timeout(LEADERS_LIMIT_SECONDS):
            while not await usable(admin):
                await asyncio.sleep(LEADERS_POLL_SECONDS)
        changes = await align(admin, TOPICS)
    finally:
        await admin.close()
    return changes + (await apply_rights(bootstrap, accounts, security) if accounts else [])


async def connected(bootstrap: str, security: dict[str, Any]) -> AIOKafkaAdminClient | None:
    """A client of a Kafka that knows its own brokers; None where it does not yet.

    One that has just started answers before it knows them, and a client that asked it then does not ask again.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, **security)
    known = False
    try:
        await admin.start()
        with suppress(NodeNotReadyError):
            told = await admin.describe_cluster()
            known = bool(told["brokers"]) and told["controller_id"] >= 0
    finally:
        if not known:
            await admin.close()
    return admin if known else None


async def usable(admin: AIOKafkaAdminClient) -> bool:
    """Whether every topic has its partitions, each with a leader. Raises SetupError where the number is
    another.
    """
    described = {
        told["topic"]: told for told in await admin.describe_topics([topic.name for topic in TOPICS])
    }
    for topic in TOPICS:
        told = described[topic.name]
        if told["error_code"] != NO_ERROR or any(part["leader"] < 0 for part in told["partitions"]):
            return False
        there = len(told["partitions"])
        if there != topic.partitions:
            raise SetupError(
                f"The topic {topic.name} has {there} partitions and should have {topic.partitions}. "
                "Partitions are fixed when a topic is made; make a new topic, never more partitions."
            )
    return True
