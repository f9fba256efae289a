"""The log is cut, made again, and expires unread, while uploads go on."""

import asyncio
import tempfile
import time
from pathlib import Path

from faults.logs import Kept, delete_topic, expire_all, make_topic
from faults.scene import Scene
from faults.telling import gone

PAUSE_SECONDS = 4.0


async def cut(scene: Scene) -> None:
    """Put back the log of some seconds ago, with the processor up, and again while it is down."""
    with tempfile.TemporaryDirectory(prefix="ecg-kept-") as folder:
        async with scene.injector.away("kafka"):
            kept = Kept(scene.system.var, Path(folder) / "log")
        await asyncio.sleep(PAUSE_SECONDS)
        async with scene.injector.away("kafka"):
            kept.put_back()
            at = time.monotonic()
        lost = await gone(scene, at)
        await scene.recovered(at)
        async with scene.injector.away("stream_processor"):
            async with scene.injector.away("kafka"):
                kept.put_back()
                at = time.monotonic()
            # So that what is accepted now grows beyond what was committed.
            await asyncio.sleep(PAUSE_SECONDS)
        lost += await gone(scene, at)
        await scene.recovered(at)
    scene.tell(
        f"{lost} uploads were cut off before they were read, and their owners hear that they are lost."
    )


async def made_again(scene: Scene, *, times: int = 10, every_seconds: float = 3.0) -> None:
    """Delete the upload topic and make it again, over and over; then everything is as ever."""
    for _ in range(times):
        await delete_topic(scene.system.engines.kafka)
        await make_topic(scene.system.engines.kafka)
        at = time.monotonic()
        await asyncio.sleep(every_seconds)
    lost = await gone(scene, at)
    await scene.recovered(at)
    scene.tell(f"{lost} uploads were in a topic that was deleted, and their owners hear that they are lost.")


async def expired(scene: Scene) -> None:
    """Let Kafka remove what a processor that is away has not read."""
    async with scene.injector.away("stream_processor"):
        await asyncio.sleep(PAUSE_SECONDS)
        removed = await expire_all(scene.system.engines.kafka)
        at = time.monotonic()
    lost = await gone(scene, at)
    await scene.recovered(at)
    scene.must(lost > 0, "nothing expired")
    scene.tell(f"{removed} events were removed; {lost} uploads expired unread, and their owners hear it.")
