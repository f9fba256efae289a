"""Events that can never succeed, among those that do; and with nowhere to put them."""

import asyncio
import time
from uuid import UUID

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from faults.ledger import Upload
from faults.poison import Poison, every_kind, place, unburied
from faults.recordings import made
from faults.scene import RECOVERY_LIMIT_SECONDS, Scene
from faults.stored import Stored
from harness import access
from schemas.ids import ecg_key
from schemas.topics import DEAD_LETTERS, UPLOADED
from service_kit.engines.kafka.publisher import partition_of
from stream_processor.consuming.log_identity import GROUP

AFTER_POISON_SECONDS = 1.0
POLL_SECONDS = 0.02
# How long the poison waits for its topic; the others have to go on meanwhile.
REFUSED_SECONDS = 8.0
# The processor gives Kafka 10 s to take the dead letter before it says that it waits.
WHY_LIMIT_SECONDS = 30.0


async def poison(scene: Scene, *, after_seconds: float = AFTER_POISON_SECONDS) -> None:
    """Each kind ends in the dead letters with a reason, and the good event behind it is not kept waiting."""
    processor = scene.injector.pid("stream_processor")
    kafka = scene.system.engines.kafka
    placed = []
    stored = Stored(scene.system.engines.cassandra)
    await stored.open()
    try:
        await stored.connected()
        for number, kind in enumerate(every_kind()):
            good = _good(scene, f"after-{number}")
            placed += await place(kafka, [(kind, _partition(good))])
            await scene.driver.send(good)
            took = await _seconds_until_stored(stored, good)
            scene.must(took < after_seconds, f"{kind.kind}: the next good event took {took:.1f} s")
    finally:
        await stored.close()
    began = time.monotonic()
    while (wrong := await unburied(kafka, placed)) and time.monotonic() < began + RECOVERY_LIMIT_SECONDS:
        await asyncio.sleep(1)
    scene.broken += wrong
    scene.poison = len(placed)
    scene.must(processor == scene.injector.pid("stream_processor"), "the processor ended")


async def nowhere(scene: Scene, *, refused_seconds: float = REFUSED_SECONDS) -> None:
    """Without the topic of dead letters a poison waits for it, and only its own partition with it."""
    kafka = scene.system.engines.kafka
    kind: Poison = every_kind()[2]
    behind = _good(scene, "behind")
    partition = _partition(behind)
    admin = AIOKafkaAdminClient(**access.to(kafka))
    await admin.start()
    try:
        await admin.delete_topics([DEAD_LETTERS.name])
    finally:
        await admin.close()
    try:
        placed = await place(kafka, [(kind, partition)])
        sent = time.monotonic()
        await scene.driver.send(behind)
        await asyncio.sleep(refused_seconds)
        committed = await _committed(kafka, partition)
        scene.must(committed <= placed[0].offset, "the poison was acknowledged without a dead letter")
        url = scene.system.processor_url
        while not (why := await scene.injector.says_why(url)):
            if time.monotonic() > sent + WHY_LIMIT_SECONDS:
                break
            await asyncio.sleep(1)
        scene.must(why, "the processor's health does not say what it waits for")
        scene.must(_others_go_on(scene, partition, since=sent), "other partitions waited for the dead letter")
    finally:
        await access.apply_topics(kafka)
    await scene.recovered()
    began = time.monotonic()
    while (wrong := await unburied(kafka, placed)) and time.monotonic() < began + RECOVERY_LIMIT_SECONDS:
        await asyncio.sleep(1)
    scene.broken += wrong
    scene.poison = len(placed)


def _good(scene: Scene, name: str) -> Upload:
    sender = scene.ledger.uploads[0].sender
    return Upload(f"{name}-{time.time_ns()}", sender, made(1, {"II": 50}, 7))


def _partition(upload: Upload) -> int:
    return partition_of(ecg_key(UUID(upload.sender.id), upload.ecg_id), UPLOADED.partitions)


async def _seconds_until_stored(stored: Stored, upload: Upload) -> float:
    accepted = time.monotonic()
    where = upload.sender.id, upload.ecg_id
    while not (await stored.rows([where]))[where]:
        if time.monotonic() > accepted + RECOVERY_LIMIT_SECONDS:
            break
        await asyncio.sleep(POLL_SECONDS)
    return time.monotonic() - accepted


async def _committed(kafka: str, partition: int) -> int:
    """The offset that the processor's group has acknowledged of a partition."""
    consumer = AIOKafkaConsumer(**access.to(kafka), group_id=GROUP, enable_auto_commit=False)
    await consumer.start()
    try:
        offset = await consumer.committed(TopicPartition(UPLOADED.name, partition))
    finally:
        await consumer.stop()
    return offset or 0


def _others_go_on(scene: Scene, partition: int, *, since: float) -> bool:
    """Whether an upload of another partition that was accepted since then is stored."""
    places = scene.following.stored_since(since)
    keys = [ecg_key(UUID(owner), ecg_id) for owner, ecg_id in places]
    return any(partition_of(key, UPLOADED.partitions) != partition for key in keys)
