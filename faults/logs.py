"""The log of the uploads, cut, made again, and run out from under who reads it."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.errors import KafkaError

from harness import access
from schemas.topics import UPLOADED
from service_kit.engines.errors import EngineAwayError
from service_kit.engines.kafka.questions import Questions

LIMIT_SECONDS = 60.0
LOOK_SECONDS = 0.1
# What Kafka knows of its logs besides the logs: of those that are cut it would be wrong, and is found out anew.
CHECKPOINTS = (".kafka_cleanshutdown", "recovery-point-offset-checkpoint", "replication-offset-checkpoint")


class Kept:
    """A copy of the uploads' log as it is now, to be put back later. Kafka must not be running for either."""

    def __init__(self, var: Path, folder: Path) -> None:
        self._data = var / "kafka" / "data"
        self._folder = folder
        for partition in self._data.glob(f"{UPLOADED.name}-*"):
            shutil.copytree(partition, folder / partition.name)

    def put_back(self) -> None:
        """Cut the log: what was written since is gone, as after a power cut."""
        for partition in self._folder.iterdir():
            shutil.rmtree(self._data / partition.name)
            shutil.copytree(partition, self._data / partition.name)
        for name in CHECKPOINTS:
            (self._data / name).unlink(missing_ok=True)


async def delete_topic(kafka: str) -> None:
    """Return when there is no upload topic."""
    await _as_admin(kafka, lambda admin: admin.delete_topics([UPLOADED.name]))
    await _until(kafka, lambda topic: topic is None)


async def make_topic(kafka: str) -> None:
    """Make the upload topic, and return when it is there."""
    await access.apply_topics(kafka)
    await _until(kafka, lambda topic: topic is not None)


async def expire_all(kafka: str) -> int:
    """Remove all uploads that are in Kafka, as its retention does in time; how many these were."""
    places = [TopicPartition(UPLOADED.name, partition) for partition in range(UPLOADED.partitions)]
    async with AIOKafkaConsumer(**access.to(kafka)) as consumer:
        firsts, ends = await consumer.beginning_offsets(places), await consumer.end_offsets(places)
    await _as_admin(
        kafka,
        lambda admin: admin.delete_records({place: RecordsToDelete(end) for place, end in ends.items()}),
    )
    return sum(ends[place] - firsts[place] for place in places)


async def _as_admin(kafka: str, work: Callable[[AIOKafkaAdminClient], Awaitable[object]]) -> None:
    admin = AIOKafkaAdminClient(**access.to(kafka))
    try:
        await admin.start()
        await work(admin)
    finally:
        with suppress(KafkaError):
            await admin.close()


async def _until(kafka: str, holds: Callable[[object], bool]) -> None:
    questions = Questions(access.kafka_settings(kafka))
    try:
        async with asyncio.timeout(LIMIT_SECONDS):
            while True:
                with suppress(EngineAwayError):
                    if holds(await questions.topic(UPLOADED.name)):
                        return
                await asyncio.sleep(LOOK_SECONDS)
    finally:
        await questions.close()
