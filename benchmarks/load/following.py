"""From sending an upload to having read its insight, at a steady rate of uploads.

Job: url, tokens, rate, seconds, format, samples, prefix, long_poll, followed (so many a second are read; the others
are sent only). Found: count, p50_ms, p99_ms.
"""

import asyncio
import time
from urllib.parse import urlsplit

from benchmarks.load import jobs
from benchmarks.load.http import Connection, bearer, expect
from benchmarks.load.posting import PATH
from benchmarks.payloads import payload

# How often a client without long-poll asks: often enough not to blur what is measured.
POLL_SECONDS = 0.002
READABLE_LIMIT_SECONDS = 30.0
WAIT = (("Prefer", "wait=20"),)


async def work(job: jobs.Job) -> jobs.Job:
    """Send for the time given, and wait for the last."""
    sent = payload(job["format"], job["samples"])
    seconds: list[float] = []
    idle: dict[str, list[Connection]] = {}

    async def request(
        url: str, method: str, headers: tuple[tuple[str, str], ...], body: tuple[bytes, ...] = ()
    ) -> tuple[int, str]:
        parts = urlsplit(url)
        server = f"{parts.scheme}://{parts.netloc}"
        waiting = idle.setdefault(server, [])
        connection = waiting.pop() if waiting else await Connection.to(server)
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        answer = expect(await connection.request(method, target, headers, body), 200, 202)
        waiting.append(connection)
        return answer.status, answer.headers.get("location", "")

    async def one(number: int, followed: bool) -> None:
        token = bearer(job["tokens"][number % len(job["tokens"])])
        ecg_id = f"{job['prefix']}-{number}"
        began = time.perf_counter()
        headers = (*token, *sent.headers_for(ecg_id))
        _, where = await request(job["url"] + PATH, "POST", headers, sent.body(ecg_id))
        if not followed:
            return
        async with asyncio.timeout(READABLE_LIMIT_SECONDS):
            while (await request(where, "GET", (*token, *(WAIT if job["long_poll"] else ()))))[0] != 200:
                await asyncio.sleep(POLL_SECONDS)
        seconds.append(time.perf_counter() - began)

    every = max(1, round(job["rate"] / job["followed"]))
    began = time.perf_counter()
    async with asyncio.TaskGroup() as tasks:
        for number in range(int(job["rate"] * job["seconds"])):
            await asyncio.sleep(began + number / job["rate"] - time.perf_counter())
            tasks.create_task(one(number, number % every == 0))
    return jobs.latency(seconds)


if __name__ == "__main__":
    jobs.run(work)
