"""The worst bodies of one user, good and bad, plain and compressed, beside the small uploads of others."""

import asyncio
import os
import signal
import time
from collections.abc import Mapping

import psutil

from benchmarks.besieged import besieged
from faults.scene import Scene

SECONDS = 15.0
# What the compose file gives the service.
MEMORY_MEGABYTES = 512
# 100 ms on an idle machine; here the load is made on the same cores, beside both engines.
SLOWEST_HUNDREDTH_MS = 2_000.0
# What is told of the worst bodies: taken, what is wrong with them, or to come again.
ANSWERED = {"202", "400", "413", "422", "429", "503"}
WORKER = "ingest_api.workers.worker"


async def play(scene: Scene) -> None:
    """Others hardly notice, memory stays within bounds, each body is answered; also when the worker is killed."""
    system = scene.system
    small, hostile = [await asyncio.to_thread(system.new_user) for _ in range(2)]
    began = time.monotonic()
    found = await asyncio.to_thread(
        besieged,
        system.ingest_url,
        system.pid("ingest_api"),
        small.token,
        hostile.token,
        seconds=SECONDS,
        prefix=f"besieged-{time.time_ns()}",
    )
    statuses = found.hostile["statuses"]
    scene.tell(
        f"small uploads took {found.alone['p50_ms']:.0f} ms (p99 {found.alone['p99_ms']:.0f}) alone and "
        f"{found.beside['p50_ms']:.0f} ms (p99 {found.beside['p99_ms']:.0f}, {found.ratio:.1f} times) beside "
        f"{sum(statuses.values())} of the worst bodies; these were answered with {_told(statuses)}, the slowest "
        f"after {found.hostile['slowest']:.1f} s; the ingest API had at most {found.peak_megabytes:.0f} MB"
    )
    scene.must(statuses.keys() <= ANSWERED, f"the worst bodies were answered with {sorted(statuses)}")
    scene.must("202" in statuses or "422" in statuses, "none of the worst bodies got through")
    scene.must(found.hostile["unasked"] == 0, "told to come again without a Retry-After")
    scene.must(found.peak_megabytes < MEMORY_MEGABYTES, f"it took {found.peak_megabytes:.0f} MB")
    scene.must(found.beside["p99_ms"] < SLOWEST_HUNDREDTH_MS, "others waited for the worst bodies")
    _kill_workers(system.pid("ingest_api"))
    await scene.recovered()
    others = [one for one in scene.ledger.attempts if one.began > began]
    refused = sum(1 for one in others if one.answer != "accepted" and one.status != 503)
    scene.must(refused == 0, f"{refused} of {len(others)} uploads of other users were refused")


def _told(statuses: Mapping[str, int]) -> str:
    return ", ".join(f"{status} ({count})" for status, count in sorted(statuses.items()))


def _kill_workers(service: int) -> None:
    for child in psutil.Process(service).children():
        if WORKER in child.cmdline():
            os.kill(child.pid, signal.SIGKILL)
