"""Uploads by some connections side by side, each sending the next as soon as the last is answered.

Job: url, connections, seconds, format, samples, prefix (of the ids), tokens, and perhaps count, the most uploads.
Found: count, rate, p50_ms, p99_ms.
"""

import asyncio
import itertools
import sys
import time

from benchmarks.load import jobs
from benchmarks.load.http import Connection, bearer, expect
from benchmarks.payloads import payload

PATH = "/v1/ecgs"
ACCEPTED = (200, 201, 202)


async def work(job: jobs.Job) -> jobs.Job:
    """Send for the time given."""
    sent = payload(job["format"], job["samples"])
    numbers, took = iter(range(job.get("count", sys.maxsize))), list[float]()
    connections = [await Connection.to(job["url"]) for _ in range(job["connections"])]
    began = time.perf_counter()
    end = began + job["seconds"]

    async def device(connection: Connection, token: str | None) -> None:
        for number in numbers:
            if (sending := time.perf_counter()) >= end:
                return
            ecg_id = f"{job['prefix']}-{number}"
            headers = (*bearer(token), *sent.headers_for(ecg_id))
            expect(await connection.request("POST", PATH, headers, sent.body(ecg_id)), *ACCEPTED)
            took.append(time.perf_counter() - sending)

    tokens = itertools.cycle(job["tokens"])
    await asyncio.gather(*(device(connection, next(tokens)) for connection in connections))
    seconds = time.perf_counter() - began
    for connection in connections:
        connection.close()
    return {**jobs.latency(took), "rate": len(took) / seconds}


if __name__ == "__main__":
    jobs.run(work)
