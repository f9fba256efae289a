"""One user sends the worst bodies over some connections, each the next as soon as the last is answered.

Job: url, token, connections, seconds. Found: statuses (how often each was answered; "none": a broken connection),
slowest (seconds), unasked (answers to try again without a Retry-After).
"""

import asyncio
import itertools
import time
from collections import Counter

from benchmarks.hostile import Hostile, bodies
from benchmarks.load import jobs
from benchmarks.load.http import Connection, bearer
from benchmarks.load.posting import PATH

# Who is told to come again does so, at once: but not more often than the server can say so.
PAUSE_SECONDS = 0.05
AGAIN = frozenset({429, 503})


class Siege:
    """What was sent, and what came of it."""

    def __init__(self, job: jobs.Job) -> None:
        self._job = job
        self._bodies = bodies()
        self._end = time.monotonic() + job["seconds"]
        self.statuses: Counter[str] = Counter()
        self.slowest = 0.0
        self.unasked = 0

    async def lay(self, part: float) -> None:
        """Send until the time is over, beginning at some part of the bodies."""
        first = int(part * len(self._bodies))
        for body in itertools.cycle(self._bodies[first:] + self._bodies[:first]):
            again = True
            while again:
                if time.monotonic() > self._end:
                    return
                began = time.monotonic()
                try:
                    again = await self._send(body)
                except OSError:
                    self.statuses["none"] += 1
                self.slowest = max(self.slowest, time.monotonic() - began)

    async def _send(self, body: Hostile) -> bool:
        """Whether to send it again."""
        # A connection each: an answer that came before the whole body may be its last.
        connection = await Connection.to(self._job["url"])
        try:
            headers = (*bearer(self._job["token"]), *body.headers)
            answer = await connection.request("POST", PATH, headers, (body.content,))
        finally:
            connection.close()
        self.statuses[str(answer.status)] += 1
        if answer.status in AGAIN:
            self.unasked += "retry-after" not in answer.headers
            await asyncio.sleep(PAUSE_SECONDS)
        return answer.status in AGAIN


async def work(job: jobs.Job) -> jobs.Job:
    """Send for the time given."""
    siege = Siege(job)
    count = job["connections"]
    await asyncio.gather(*(siege.lay(number / count) for number in range(count)))
    return {"statuses": siege.statuses, "slowest": siege.slowest, "unasked": siege.unasked}


if __name__ == "__main__":
    jobs.run(work)
