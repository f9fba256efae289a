"""One more copy of a service beside those of the system, as a host of its own would run it."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from faults.injecting import READY_LIMIT_SECONDS
from faults.scene import Scene
from infra import tied
from infra.local.ports import any_free
from infra.paths import REPOSITORY

POLL_SECONDS = 0.1
PORT = {
    "ingest_api": "ECG_INGEST_PORT",
    "query_api": "ECG_QUERY_PORT",
    "stream_processor": "ECG_PROCESSOR_PORT",
}


@dataclass(frozen=True, slots=True)
class Copy:
    """A service beside the system's own."""

    url: str
    process: "subprocess.Popen[bytes]"


@contextmanager
def another(
    scene: Scene, service: str, name: str, *, command: Sequence[str] = (), **environment: str
) -> Iterator[Copy]:
    """A copy of `service` on the system's engines, started and not waited for; killed at the end.

    `name` is that of its log. `command`: what runs it, where that is not `python -m service`.
    """
    port = any_free()
    base = {key: value for key, value in os.environ.items() if not key.startswith("ECG_")}
    own = {PORT[service]: str(port), "ECG_QUERY_URL": scene.system.query_url}
    with (scene.system.var / "logs" / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - the command is ours
            tied.command(command or [sys.executable, "-m", service]),
            cwd=REPOSITORY,
            env=base | scene.system.engines.told(service) | own | environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        yield Copy(f"http://127.0.0.1:{port}", process)
    finally:
        process.kill()
        process.wait()


async def ready(scene: Scene, copy: Copy) -> None:
    """Wait until a copy says that it is ready. Raises TimeoutError."""
    end = time.monotonic() + READY_LIMIT_SECONDS
    while not await scene.injector.says_ready(copy.url):
        if time.monotonic() > end:
            raise TimeoutError(f"the service at {copy.url} did not become ready")
        await asyncio.sleep(POLL_SECONDS)
