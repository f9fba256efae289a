"""SIGSTOP of Kafka, Cassandra and the processor: each is there, and does nothing."""

import asyncio
import time

from faults.rows import answers
from faults.scene import Scene


async def play(scene: Scene, *, seconds: float = 30.0) -> None:
    """Freeze each for a while, and see it go on by itself."""
    stopped = time.monotonic()
    async with scene.injector.frozen("kafka"):
        await asyncio.sleep(seconds)
    await scene.recovered()
    answers.must_be_bounded(scene, since=stopped)
    stopped = time.monotonic()
    async with scene.injector.frozen("cassandra"):
        await asyncio.sleep(seconds)
        seen = await scene.injector.says_ready(scene.system.processor_url)
        scene.must(not seen, "a processor whose Cassandra is stopped said that it is ready")
    await scene.recovered()
    refused = [one for one in scene.ledger.attempts if one.began > stopped and one.answer != "accepted"]
    scene.must(not refused, f"{len(refused)} uploads were not taken because Cassandra was stopped")
    async with scene.injector.frozen("stream_processor"):
        await asyncio.sleep(seconds)
        seen = await scene.injector.says_ready(scene.system.processor_url)
        scene.must(not seen, "a stopped processor said that it is ready")
    await scene.recovered()
