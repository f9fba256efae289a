"""Small uploads beside the worst bodies of another user, and alone: how much longer they take, and how much memory.

The memory is that of the service and of its workers together.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from benchmarks.bench import run
from benchmarks.usage import using

CONNECTIONS = 4
SMALL_SAMPLES = 500
# Until the hostile bodies are made and the first of them are on their way.
BEFORE_SECONDS = 6.0


@dataclass(frozen=True, slots=True)
class Found:
    """Of small uploads alone and beside: count, p50_ms, p99_ms. `hostile`: as `benchmarks.load.besieging` tells."""

    alone: dict[str, Any]
    beside: dict[str, Any]
    hostile: dict[str, Any]
    peak_megabytes: float

    @property
    def ratio(self) -> float:
        """How many times as long the slowest hundredth takes."""
        return float(self.beside["p99_ms"] / self.alone["p99_ms"])


def besieged(url: str, pid: int, token: str, hostile_token: str, *, seconds: float, prefix: str) -> Found:
    """Measure a system: so long alone, and so long beside."""

    def small(name: str) -> dict[str, Any]:
        job = {"url": url, "tokens": [token], "connections": 1, "format": "json", "samples": SMALL_SAMPLES}
        return run("benchmarks.load.posting", job | {"seconds": seconds, "prefix": f"{prefix}-{name}"})

    alone = small("alone")
    siege = {"url": url, "token": hostile_token, "connections": CONNECTIONS}
    with ThreadPoolExecutor() as threads, using({"ingest_api": pid}) as used:
        hostile = threads.submit(
            run, "benchmarks.load.besieging", siege | {"seconds": BEFORE_SECONDS + seconds + 1}
        )
        time.sleep(BEFORE_SECONDS)
        beside = small("beside")
        found = hostile.result()
    return Found(alone, beside, found, used["ingest_api"].peak_megabytes)
