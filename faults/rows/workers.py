"""More processors and fewer, under load: rebalances, one of them while Cassandra is away."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from faults.injecting import READY_LIMIT_SECONDS
from faults.scene import Scene
from infra import tied
from infra.local.ports import any_free
from infra.paths import REPOSITORY

POLL_SECONDS = 0.1
# For a worker that joins while Cassandra is away: it cannot say that it is ready.
JOIN_SECONDS = 6.0


async def play(scene: Scene) -> None:
    """A second worker; a third while Cassandra is away; then the third told to stop and the second killed."""
    with ExitStack() as workers:
        second = workers.enter_context(_worker(scene, 1))
        await _ready(scene, second.url)
        await scene.recovered()
        async with scene.injector.away("cassandra"):
            third = workers.enter_context(_worker(scene, 2))
            await asyncio.sleep(JOIN_SECONDS)
            released = time.monotonic()
        await _ready(scene, third.url)
        await scene.recovered(released)
        third.process.terminate()
        terminated = time.monotonic()
        await asyncio.to_thread(third.process.wait)
        await scene.recovered(terminated)
        second.process.kill()
        await scene.recovered(time.monotonic())


class Worker:
    """A processor beside the system's own."""

    def __init__(self, url: str, process: "subprocess.Popen[bytes]") -> None:
        self.url = url
        self.process = process


@contextmanager
def _worker(scene: Scene, number: int) -> Iterator[Worker]:
    port = any_free()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("ECG_")},
        **scene.system.engines.environment,
        "ECG_PROCESSOR_PORT": str(port),
        # Static members: one that dies is missed after its session, not when it closes its connection.
        "ECG_PROCESSOR_INSTANCE_ID": f"local-{number}",
    }
    with (scene.system.var / "logs" / f"stream_processor-{number}.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - the command is ours
            tied.command([sys.executable, "-m", "stream_processor"]),
            cwd=REPOSITORY,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        yield Worker(f"http://127.0.0.1:{port}", process)
    finally:
        process.kill()
        process.wait()


async def _ready(scene: Scene, url: str) -> None:
    end = time.monotonic() + READY_LIMIT_SECONDS
    while not await scene.injector.says_ready(url):
        if time.monotonic() > end:
            raise TimeoutError(f"the processor at {url} did not become ready")
        await asyncio.sleep(POLL_SECONDS)
