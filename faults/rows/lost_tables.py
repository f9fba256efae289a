"""Cassandra's tables are dropped, then emptied, while uploads go on."""

import asyncio
import time
from collections.abc import Sequence

from faults.scene import Scene
from harness import access
from stream_processor.store import TABLES

# The one that everything is answered from, and a list.
DROPPED = ("insights_by_ecg", "ecgs_by_owner")
# So that uploads wait for what is missing.
MISSING_SECONDS = 4.0


async def play(scene: Scene) -> None:
    """Dropped tables are named, and made again; of emptied ones everything is there again by itself."""
    processor = scene.injector.pid("stream_processor")
    urls = (scene.system.query_url, scene.system.processor_url)
    began = time.monotonic()
    await asyncio.to_thread(_run, scene, [f"DROP TABLE {table}" for table in DROPPED])
    for url in urls:
        await scene.injector.until_ready(url, ready=False)
        said = await scene.injector.says(url)
        scene.must(any(table in said for table in DROPPED), f"{url} does not name what is missing")
    await asyncio.sleep(MISSING_SECONDS)
    made = await asyncio.to_thread(access.apply_tables, scene.system.engines.cassandra)
    scene.must(sorted(made) == sorted(DROPPED), f"what was dropped was not made again, but {made}")
    await _restored(scene)

    await asyncio.to_thread(_run, scene, [f"TRUNCATE {table}" for table in TABLES])
    await scene.injector.until_ready(scene.system.processor_url, ready=False)
    await _restored(scene)
    refused = [one for one in scene.ledger.attempts if one.began > began and one.answer != "accepted"]
    scene.must(not refused, f"{len(refused)} uploads were not taken because of Cassandra's tables")
    scene.must(processor == scene.injector.pid("stream_processor"), "the processor was started again")


async def _restored(scene: Scene) -> None:
    """Wait until uploads are stored again, and all that was stored before."""
    at = time.monotonic()
    await scene.recovered(at)
    await scene.injector.until_ready(scene.system.processor_url)
    await scene.injector.until_ready(scene.system.query_url)
    scene.tell(f"All that the tables had held was there again after {time.monotonic() - at:.1f} s.")


def _run(scene: Scene, statements: Sequence[str]) -> None:
    with access.cluster(scene.system.engines.cassandra) as cluster:
        session = cluster.connect("ecg")
        for statement in statements:
            session.execute(statement)
