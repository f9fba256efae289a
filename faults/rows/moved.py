"""Cassandra's name leads to another address, as after a pod was scheduled anew or a node replaced."""

import asyncio
import time

from faults.scene import Scene
from harness import resolving

# Long enough for reads to be asked in vain.
AWAY_SECONDS = 3.0


async def play(scene: Scene) -> None:
    """The first address refuses, the second swallows all: both are left for where the name leads, by every service."""
    services = ("ingest_api", "stream_processor", "query_api")
    before = {name: scene.injector.pid(name) for name in services}
    began = time.monotonic()
    first, second, third = resolving.ADDRESSES
    for old, new in ((first, second), (second, third)):
        if old == first:
            scene.links[old].end()
        else:
            scene.links[old].swallows = True
        for url in (scene.system.query_url, scene.system.processor_url):
            await scene.injector.until_ready(url, ready=False)
        await asyncio.sleep(AWAY_SECONDS)
        resolving.lead(scene.system.var / resolving.FILE, new)
        at = time.monotonic()
        await scene.recovered(at)
        for url in (scene.system.query_url, scene.system.processor_url):
            await scene.injector.until_ready(url)
    refused = [one for one in scene.ledger.attempts if one.began > began and one.answer != "accepted"]
    scene.must(not refused, f"{len(refused)} uploads were not taken because Cassandra was away")
    after = {name: scene.injector.pid(name) for name in services}
    scene.must(before == after, "a service was started again because Cassandra's address moved")
