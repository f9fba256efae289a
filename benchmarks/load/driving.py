"""Some connections side by side, each asking the next thing as soon as the last is answered."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from benchmarks.load import jobs
from benchmarks.load.http import Connection

# Asks once by the connection of this number; False when there is nothing left to ask.
Ask = Callable[[Connection, int], Awaitable[bool]]


async def drive(job: jobs.Job, ask: Ask) -> jobs.Job:
    """Ask for `seconds` by `connections` to `url`, all of the job. Found: count, rate, p50_ms, p99_ms."""
    took = list[float]()
    connections = [await Connection.to(job["url"]) for _ in range(job["connections"])]
    began = time.perf_counter()
    end = began + job["seconds"]

    async def one(connection: Connection, number: int) -> None:
        while (asking := time.perf_counter()) < end and await ask(connection, number):
            took.append(time.perf_counter() - asking)

    await asyncio.gather(*(one(connection, number) for number, connection in enumerate(connections)))
    seconds = time.perf_counter() - began
    for connection in connections:
        connection.close()
    return {**jobs.latency(took), "rate": len(took) / seconds}
