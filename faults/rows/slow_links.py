"""A slow and broken network between the services and both engines."""

import asyncio
import time

from faults.rows import answers
from faults.scene import Scene
from harness.links import Link

DELAY_SECONDS = 0.2
CUT_EVERY_SECONDS = 2.0
CUT_SHARE = 0.3


async def play(
    scene: Scene, *, slow_seconds: float = 15.0, cut_seconds: float = 15.0, swallowed_seconds: float = 20.0
) -> None:
    """200 ms each way on both links; connections cut at random; then each link swallows everything for a while."""
    kafka, cassandra = scene.links["kafka"], scene.links["cassandra"]
    await _slow(scene, (kafka, cassandra), slow_seconds)
    await _cut(scene, (kafka, cassandra), cut_seconds)
    swallowed = time.monotonic()
    await _swallow(scene, kafka, swallowed_seconds)
    answers.must_be_bounded(scene, since=swallowed)
    swallowed = time.monotonic()
    await _swallow(scene, cassandra, swallowed_seconds)
    refused = [one for one in scene.ledger.attempts if one.began > swallowed and one.answer != "accepted"]
    scene.must(not refused, f"{len(refused)} uploads were not taken because Cassandra could not be reached")


async def _slow(scene: Scene, links: tuple[Link, ...], seconds: float) -> None:
    for link in links:
        link.delay_seconds = DELAY_SECONDS
    await asyncio.sleep(seconds)
    for link in links:
        link.delay_seconds = 0.0
    await scene.recovered()


async def _cut(scene: Scene, links: tuple[Link, ...], seconds: float) -> None:
    end, count = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        count += sum(link.cut(CUT_SHARE) for link in links)
        await asyncio.sleep(CUT_EVERY_SECONDS)
    scene.must(count > 0, "no connection was there to be cut")
    await scene.recovered()


async def _swallow(scene: Scene, link: Link, seconds: float) -> None:
    link.swallows = True
    await asyncio.sleep(seconds)
    link.swallows = False
    await scene.recovered()
