"""SIGTERM of everything under load, with Cassandra there and without, and a new start."""

import asyncio
import signal
import time

from faults.scene import Scene

EXIT_LIMIT_SECONDS = 15.0
# So long the processor holds events for an absent Cassandra before it is told to stop.
AWAY_BEFORE_SECONDS = 3.0
SERVICES = ("ingest_api", "query_api", "stream_processor")


async def play(scene: Scene, *, also_with_cassandra: bool = True) -> None:
    """Everything at once; then, with Cassandra killed before, the rest."""
    if also_with_cassandra:
        await _terminate(scene, "cassandra")
    scene.injector.hold("cassandra")
    await scene.injector.gone("cassandra")
    await asyncio.sleep(AWAY_BEFORE_SECONDS)
    await _terminate(scene)


async def _terminate(scene: Scene, *more: str) -> None:
    began = time.monotonic()
    names = ("kafka", *more, *SERVICES)
    scene.injector.hold(*names, how=signal.SIGTERM)
    await scene.injector.gone(*names)
    took = time.monotonic() - began
    scene.must(took < EXIT_LIMIT_SECONDS, f"everything took {took:.1f} s to end")
    released = time.monotonic()
    await scene.injector.release(*{"cassandra", *names})
    await scene.recovered(released)
