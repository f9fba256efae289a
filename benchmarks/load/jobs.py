"""A job in, what was found out; both as JSON, over the standard streams."""

import asyncio
import json
import statistics
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import uvloop

Job = dict[str, Any]


def run(work: Callable[[Job], Awaitable[Job]]) -> None:
    """Do the job of standard input, and tell what was found."""

    async def whole() -> Job:
        return await work(json.load(sys.stdin))

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        json.dump(runner.run(whole()), sys.stdout)


def latency(seconds: Sequence[float]) -> Job:
    """How long something took, in milliseconds."""
    if len(seconds) < 2:
        return {"count": len(seconds)}
    hundredths = statistics.quantiles(seconds, n=100, method="inclusive")
    return {"count": len(seconds), "p50_ms": 1000 * hundredths[49], "p99_ms": 1000 * hundredths[98]}
