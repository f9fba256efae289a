"""A full disk, under Kafka and then under Cassandra, until there is room again."""

import asyncio
import time

from faults import disks
from faults.rows import answers
from faults.scene import Scene


async def play(scene: Scene, *, full_seconds: float = 20.0) -> None:
    """With Kafka's disk full uploads are refused; with Cassandra's they go on and wait."""
    full = time.monotonic()
    await _fill(scene, "kafka", full_seconds)
    answers.must_be_bounded(scene, since=full)
    full = time.monotonic()
    await _fill(scene, "cassandra", full_seconds)
    refused = [one for one in scene.ledger.attempts if one.began > full and one.answer != "accepted"]
    scene.must(not refused, f"{len(refused)} uploads were not taken because Cassandra's disk was full")


async def _fill(scene: Scene, name: str, seconds: float) -> None:
    folder = scene.system.var / name
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        # Again and again: an engine that gives up its files makes room.
        await asyncio.to_thread(disks.fill, folder)
        await asyncio.sleep(0.5)
    disks.empty(folder)
    await scene.recovered()
