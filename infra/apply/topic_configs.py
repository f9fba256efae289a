"""Gives topics that exist the configuration that `schemas.topics` names.

What it does not name stays as it is, an operator's own additions too.
"""

from collections.abc import Mapping, Sequence

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from infra.errors import SetupError
from schemas.topics import Topic

NO_ERROR = 0
# Kafka's number for what was set on the topic itself, and is not a default of the broker or of Kafka.
SET_ON_TOPIC = 1


async def align(admin: AIOKafkaAdminClient, topics: Sequence[Topic]) -> list[str]:
    """Set what differs; a sentence for each change. Raises SetupError where Kafka refuses one."""
    changes, wanted = [], []
    for topic in topics:
        found, own = await configs_of(admin, topic.name)
        differing = {name: value for name, value in topic.configs.items() if found.get(name) != value}
        if differing:
            # Kafka takes this for all that is set on the topic: what is left out would be forgotten.
            wanted.append(
                ConfigResource(ConfigResourceType.TOPIC, topic.name, configs={**own, **topic.configs})
            )
            changes += [
                f"{topic.name}: {name} is {value} now, was {found.get(name)}"
                for name, value in differing.items()
            ]
    for answer in await admin.alter_configs(wanted) if wanted else ():
        for code, message, _, name in answer.resources:
            if code != NO_ERROR:
                raise SetupError(f"Kafka did not change the topic {name}: {message or code}")
    return changes


async def configs_of(
    admin: AIOKafkaAdminClient, topic: str
) -> tuple[Mapping[str, str | None], Mapping[str, str | None]]:
    """What holds for a topic, and of that what was set on the topic itself. Raises SetupError."""
    (answer,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    ((code, message, _, _, entries),) = answer.resources
    if code != NO_ERROR:
        raise SetupError(f"Kafka did not tell of the topic {topic}: {message or code}")
    found = {name: value for name, value, *_ in entries}
    return found, {name: value for name, value, _, source, *_ in entries if source == SET_ON_TOPIC}
