"""kill -9 of the processor and of the ingest API, under load."""

import asyncio

from faults.scene import Scene


async def processor(scene: Scene, *, kills: int = 10, every_seconds: float = 5.0) -> None:
    """Kill the processor again and again, mostly in the midst of a batch; its backlog is gone afterwards."""
    killed = 0.0
    for _ in range(kills):
        killed = await scene.injector.kill("stream_processor")
        await asyncio.sleep(every_seconds)
    await scene.recovered(killed)


async def ingest(scene: Scene, *, kills: int = 5, every_seconds: float = 4.0) -> None:
    """Kill the ingest API: what it had not answered is sent again, and what it had answered is in Kafka."""
    killed = 0.0
    for _ in range(kills):
        killed = await scene.injector.kill("ingest_api")
        await asyncio.sleep(every_seconds)
    await scene.recovered(killed)
    unanswered = scene.ledger.statuses().get(None, 0)
    scene.must(unanswered > 0, "no upload was under way when the ingest API was killed")
