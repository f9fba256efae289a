"""Uploads at a steady rate, whatever the answers take, or as many as are stored again; and how far the rest lags.

Job: url, tokens, connections, seconds, format, samples, prefix, kafka, and either `rate` (a
second) or `window` (most uploads on the way from being sent to their insight). Found: rate (stored a second),
lag_first and lag_last (uploads due and not stored, the median of the first and of the last quarter), lag_max.
"""

import asyncio
import itertools
import statistics
import time

from aiokafka import AIOKafkaConsumer, TopicPartition

from benchmarks.load import jobs
from benchmarks.load.http import Connection, bearer, expect
from benchmarks.load.posting import ACCEPTED, PATH
from benchmarks.payloads import payload
from harness import access
from schemas.topics import INSIGHTS

LOOK_EVERY_SECONDS = 0.05
SETTLE_SECONDS = 1.0


class Stored:
    """How many insights the topic has had since this was opened; looked up twenty times a second."""

    def __init__(self, kafka: str) -> None:
        self._consumer = AIOKafkaConsumer(**access.to(kafka))
        self._before = 0
        self.count = 0

    async def open(self) -> None:
        """Connect."""
        await self._consumer.start()
        self._before = await self._end()

    async def close(self) -> None:
        """Disconnect."""
        await self._consumer.stop()

    async def look(self) -> None:
        """Bring `count` up to date."""
        self.count = await self._end() - self._before

    async def _end(self) -> int:
        places = [TopicPartition(INSIGHTS.name, number) for number in range(INSIGHTS.partitions)]
        ends = await self._consumer.end_offsets(places)
        return sum(ends.values())


async def work(job: jobs.Job) -> jobs.Job:
    """Send for the time given."""
    sent = payload(job["format"], job["samples"])
    connections = [await Connection.to(job["url"]) for _ in range(job["connections"])]
    stored = Stored(job["kafka"])
    await stored.open()
    began = time.perf_counter()
    end = began + job["seconds"]
    numbers = itertools.count()
    begun = 0
    lags: list[int] = []

    async def due() -> int | None:
        """The number of the next upload, when its time has come; None at the end."""
        nonlocal begun
        if "rate" in job:
            number = next(numbers)
            at = began + number / job["rate"]
            if at >= end:
                return None
            await asyncio.sleep(at - time.perf_counter())
            begun = number + 1
            return number
        while begun - stored.count >= job["window"]:
            await asyncio.sleep(LOOK_EVERY_SECONDS / 4)
        if time.perf_counter() >= end:
            return None
        begun += 1
        return begun

    async def device(connection: Connection, token: str) -> None:
        while (number := await due()) is not None:
            ecg_id = f"{job['prefix']}-{number}"
            headers = (*bearer(token), *sent.headers_for(ecg_id))
            expect(await connection.request("POST", PATH, headers, sent.body(ecg_id)), *ACCEPTED)

    async def look() -> None:
        while True:
            await stored.look()
            expected = int((time.perf_counter() - began) * job["rate"]) if "rate" in job else begun
            lags.append(expected - stored.count)
            await asyncio.sleep(LOOK_EVERY_SECONDS)

    looking = asyncio.create_task(look())
    tokens = itertools.cycle(job["tokens"])
    sending = [asyncio.create_task(device(one, next(tokens))) for one in connections]
    await asyncio.sleep(job["seconds"])
    seconds, count = time.perf_counter() - began, stored.count
    measured = lags[int(SETTLE_SECONDS / LOOK_EVERY_SECONDS) :]
    await asyncio.gather(*sending)
    looking.cancel()
    await asyncio.wait([looking])
    await stored.close()
    for connection in connections:
        connection.close()
    quarter = max(1, len(measured) // 4)
    return {
        "rate": count / seconds,
        "lag_first": statistics.median(measured[:quarter]),
        "lag_last": statistics.median(measured[-quarter:]),
        "lag_max": max(measured),
    }


if __name__ == "__main__":
    jobs.run(work)
