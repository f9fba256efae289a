"""kill -9 of Kafka and of Cassandra, each away for a while."""

import asyncio
import time

from faults.rows import answers
from faults.scene import Scene


async def kafka(scene: Scene, *, away_seconds: float = 10.0) -> None:
    """Without Kafka an upload is refused in bounded time; nobody has to be started again when it is back."""
    before = {name: scene.injector.pid(name) for name in ("ingest_api", "stream_processor")}
    killed = time.monotonic()
    async with scene.injector.away("kafka"):
        await asyncio.sleep(away_seconds)
        released = time.monotonic()
    await scene.recovered(released)
    answers.must_be_bounded(scene, since=killed)
    after = {name: scene.injector.pid(name) for name in before}
    scene.must(before == after, "a service was started again because Kafka was away")


async def cassandra(scene: Scene, *, away_seconds: float = 20.0) -> None:
    """Without Cassandra uploads go on as before; the processor keeps its events and its place in the group."""
    processor = scene.injector.pid("stream_processor")
    killed = time.monotonic()
    async with scene.injector.away("cassandra"):
        await asyncio.sleep(away_seconds)
        member = await scene.injector.is_member(scene.system.processor_url)
        scene.must(member, "the processor left its group")
        released = time.monotonic()
    await scene.recovered(released)
    refused = [one for one in scene.ledger.attempts if one.began > killed and one.answer != "accepted"]
    scene.must(not refused, f"{len(refused)} uploads were not taken because Cassandra was away")
    scene.must(processor == scene.injector.pid("stream_processor"), "the processor was started again")
