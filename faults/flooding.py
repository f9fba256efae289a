"""Uploads as fast as they are answered, or at a rate whatever the answers say; no refusal slows it down.

Run as `python -m faults.flooding`, a job as JSON on standard input: url, tokens, connections, seconds, samples, prefix,
and perhaps rate (a second). Found: seconds, statuses (how often each was answered; "none": a broken connection),
accepted (the number of the token and the ECG id of each 202), slowest (seconds), unasked (refusals without a
Retry-After).
"""

import asyncio
import itertools
import time
from collections import Counter

from benchmarks.load import jobs
from benchmarks.load.http import Connection, bearer
from benchmarks.load.posting import PATH
from benchmarks.payloads import payload

ACCEPTED = 202


class Flood:
    """What is sent, and what came of it."""

    def __init__(self, job: jobs.Job) -> None:
        self._job = job
        self._sent = payload("json", job["samples"])
        self._began = time.perf_counter()
        self._numbers = itertools.count()
        self.statuses: Counter[str] = Counter()
        self.accepted: list[tuple[int, str]] = []
        self.slowest = 0.0
        self.unasked = 0

    async def device(self, device: int) -> None:
        """Send until the time is over, over a new connection where the last one broke."""
        connection: Connection | None = None
        while (number := await self._due()) is not None:
            began = time.perf_counter()
            try:
                connection = connection or await Connection.to(self._job["url"])
                await self._send(connection, number, device % len(self._job["tokens"]))
            except OSError:
                self.statuses["none"] += 1
                connection = None
            self.slowest = max(self.slowest, time.perf_counter() - began)
        if connection is not None:
            connection.close()

    async def _due(self) -> int | None:
        """The number of the next upload, when its time has come; None at the end."""
        number = next(self._numbers)
        if "rate" in self._job:
            await asyncio.sleep(self._began + number / self._job["rate"] - time.perf_counter())
        return number if time.perf_counter() < self._began + self._job["seconds"] else None

    async def _send(self, connection: Connection, number: int, token: int) -> None:
        ecg_id = f"{self._job['prefix']}-{number}"
        headers = (*bearer(self._job["tokens"][token]), *self._sent.headers_for(ecg_id))
        answer = await connection.request("POST", PATH, headers, self._sent.body(ecg_id))
        self.statuses[str(answer.status)] += 1
        if answer.status == ACCEPTED:
            self.accepted.append((token, ecg_id))
        elif "retry-after" not in answer.headers:
            self.unasked += 1


async def work(job: jobs.Job) -> jobs.Job:
    """Send for the time given."""
    flood = Flood(job)
    began = time.perf_counter()
    await asyncio.gather(*(flood.device(number) for number in range(job["connections"])))
    return {
        "seconds": time.perf_counter() - began,
        "statuses": flood.statuses,
        "accepted": flood.accepted,
        "slowest": flood.slowest,
        "unasked": flood.unasked,
    }


if __name__ == "__main__":
    jobs.run(work)
