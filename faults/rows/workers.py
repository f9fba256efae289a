"""More processors and fewer, under load: rebalances, one of them while Cassandra is away."""

import asyncio
import time
from contextlib import AbstractContextManager, ExitStack

from faults.beside import Copy, another, ready
from faults.scene import Scene

# For a worker that joins while Cassandra is away: it cannot say that it is ready.
JOIN_SECONDS = 6.0


async def play(scene: Scene) -> None:
    """A second worker; a third while Cassandra is away; then the third told to stop and the second killed."""
    with ExitStack() as workers:
        second = workers.enter_context(_worker(scene, 1))
        await ready(scene, second)
        await scene.recovered()
        async with scene.injector.away("cassandra"):
            third = workers.enter_context(_worker(scene, 2))
            await asyncio.sleep(JOIN_SECONDS)
            released = time.monotonic()
        await ready(scene, third)
        await scene.recovered(released)
        third.process.terminate()
        terminated = time.monotonic()
        await asyncio.to_thread(third.process.wait)
        await scene.recovered(terminated)
        second.process.kill()
        await scene.recovered(time.monotonic())


def _worker(scene: Scene, number: int) -> AbstractContextManager[Copy]:
    # Static members: one that dies is missed after its session, not when it closes its connection.
    member = f"local-{number}"
    return another(scene, "stream_processor", f"stream_processor-{number}", ECG_PROCESSOR_INSTANCE_ID=member)
