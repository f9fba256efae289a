"""Uploads by some connections side by side, each sending the next as soon as the last is answered.

Job: url, connections, seconds, format, samples, prefix (of the ids), tokens, and perhaps count, the most uploads.
Found: count, rate, p50_ms, p99_ms.
"""

import sys

from benchmarks.load import jobs
from benchmarks.load.driving import drive
from benchmarks.load.http import Connection, bearer, expect
from benchmarks.payloads import payload

PATH = "/v1/ecgs"
ACCEPTED = (200, 201, 202)


async def work(job: jobs.Job) -> jobs.Job:
    """Send for the time given."""
    sent, tokens = payload(job["format"], job["samples"]), job["tokens"]
    numbers = iter(range(job.get("count", sys.maxsize)))

    async def post(connection: Connection, device: int) -> bool:
        number = next(numbers, None)
        if number is None:
            return False
        ecg_id = f"{job['prefix']}-{number}"
        headers = (*bearer(tokens[device % len(tokens)]), *sent.headers_for(ecg_id))
        expect(await connection.request("POST", PATH, headers, sent.body(ecg_id)), *ACCEPTED)
        return True

    return await drive(job, post)


if __name__ == "__main__":
    jobs.run(work)
