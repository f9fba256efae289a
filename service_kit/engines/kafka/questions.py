"""Asks Kafka about topics, groups and disks, over a connection of its own: a topic's id, who is in a group.

A topic that was deleted and made again has its old name, and offsets that begin anew: only its id, which Kafka gives
it, tells the two apart.
"""

import asyncio
import base64
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from aiokafka.client import AIOKafkaClient, CoordinationType
from aiokafka.errors import KafkaError, UnknownTopicOrPartitionError, for_code
from aiokafka.protocol.admin import DescribeConfigsRequest
from aiokafka.protocol.commit import OffsetFetchRequest

from service_kit.engines.errors import EngineAwayError
from service_kit.engines.kafka.log_dirs import LogDirsRequest
from service_kit.engines.kafka.protocol import GroupRequest, TopicsRequest
from service_kit.engines.kafka.publisher import ENGINE, client_options
from service_kit.engines.kafka.settings import KafkaSettings

Answer = TypeVar("Answer")

# A broker that is there answers each of these in milliseconds.
_ANSWER_SECONDS = 3.0
_CLOSE_SECONDS = 1.0
# In Kafka's protocol: a resource of the kind "topic".
_TOPIC_RESOURCE = 2


@dataclass(frozen=True, slots=True)
class TopicState:
    """A topic as it is now. `id`: Kafka's own, as Kafka prints it. `epochs`: of each partition, how often its leader
    was chosen; its log may have been cut only where that has changed.
    """

    id: str
    epochs: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a consumer group. `instance_id`: its name over restarts, where it has one."""

    member_id: str
    instance_id: str | None
    client_id: str


@dataclass(frozen=True, slots=True)
class LogDir:
    """A folder in which a broker keeps partitions, and the disk that it is on."""

    broker_id: int
    total_bytes: int
    usable_bytes: int


class Questions:
    """Asks, and connects when it has to. Every question raises EngineAwayError where Kafka gave no answer."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._client: AIOKafkaClient | None = None
        self._connecting = asyncio.Lock()

    async def close(self) -> None:
        """Disconnect."""
        client, self._client = self._client, None
        if client is not None:
            with suppress(KafkaError, OSError, TimeoutError):
                await asyncio.wait_for(client.close(), _CLOSE_SECONDS)

    async def topic(self, name: str) -> TopicState | None:
        """The topic of this name as it is now; None where there is none."""

        async def ask(client: AIOKafkaClient) -> TopicState | None:
            answer = await client.send(client.get_random_node(), TopicsRequest(name))
            ((error, _, topic_id, _, partitions, _, _),) = answer.topics
            if for_code(error) is UnknownTopicOrPartitionError:
                return None
            _raise_for(error)
            return TopicState(
                base64.urlsafe_b64encode(topic_id).rstrip(b"=").decode(),
                {partition: epoch for _, partition, _, epoch, *_ in partitions},
            )

        return await self._ask(ask)

    async def members(self, group: str) -> list[Member]:
        """Who is in a consumer group, as its coordinator sees it."""

        async def ask(client: AIOKafkaClient) -> list[Member]:
            node = await client.coordinator_lookup(CoordinationType.GROUP, group)
            answer = await client.send(node, GroupRequest(group))
            ((error, _, _, _, _, members, _),) = answer.groups
            _raise_for(error)
            return [Member(*member[:3]) for member in members]

        return await self._ask(ask)

    async def committed(
        self, group: str, topic: str, partitions: Collection[int]
    ) -> dict[int, tuple[int, str]]:
        """What a group committed of a topic: of each partition the offset and what was said beside it."""

        async def ask(client: AIOKafkaClient) -> dict[int, tuple[int, str]]:
            node = await client.coordinator_lookup(CoordinationType.GROUP, group)
            answer = await client.send(node, OffsetFetchRequest(group, [(topic, list(partitions))]))
            _raise_for(answer.error_code)
            found = {}
            for _, rows in answer.topics:
                for partition, offset, metadata, error in rows:
                    _raise_for(error)
                    if offset >= 0:
                        found[partition] = offset, metadata
            return found

        return await self._ask(ask)

    async def retention_seconds(self, topic: str) -> float | None:
        """How long a topic keeps its events; None: for ever."""

        async def ask(client: AIOKafkaClient) -> float | None:
            wanted = (_TOPIC_RESOURCE, topic, ["retention.ms"])
            answer = await client.send(client.get_random_node(), DescribeConfigsRequest([wanted]))
            ((error, _, _, _, configs),) = answer.resources
            _raise_for(error)
            milliseconds = int(configs[0][1])
            return None if milliseconds < 0 else milliseconds / 1000

        return await self._ask(ask)

    async def log_dirs(self) -> list[LogDir]:
        """The log directories of all brokers that are there, but those whose disk is out of order or not told of."""

        async def ask(client: AIOKafkaClient) -> list[LogDir]:
            found = []
            for broker in client.cluster.brokers():
                answer = await client.send(broker.nodeId, LogDirsRequest())
                _raise_for(answer.error_code)
                found += [
                    LogDir(broker.nodeId, total, usable)
                    for error, _, _, total, usable, _ in answer.log_dirs
                    if not error and usable >= 0
                ]
            return found

        return await self._ask(ask)

    async def _ask(self, ask: Callable[[AIOKafkaClient], Awaitable[Answer]]) -> Answer:
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                return await ask(await self._connected())
        except (KafkaError, OSError, TimeoutError) as error:
            # Brokers may have moved: the next question finds them anew.
            await self.close()
            raise EngineAwayError(ENGINE, type(error).__name__) from None

    async def _connected(self) -> AIOKafkaClient:
        async with self._connecting:
            if self._client is None:
                client = AIOKafkaClient(**client_options(self._settings))
                try:
                    await client.bootstrap()
                except BaseException:
                    await client.close()
                    raise
                self._client = client
            return self._client


def _raise_for(error_code: int) -> None:
    error: Any = for_code(error_code)
    if error_code:
        raise error()
