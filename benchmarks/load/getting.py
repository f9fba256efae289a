"""Reads, or sign-ins, by some connections side by side, each the next as soon as the last is answered.

Job: url, connections, seconds, path (of a read, with places for an owner and an ECG's number), people (each with id
and token, or for a sign-in with email and password), ecgs_of_each. Which person and which ECG is even chance.
Found: count, rate, p50_ms, p99_ms.
"""

import random
from urllib.parse import urlencode

from benchmarks.load import jobs
from benchmarks.load.driving import drive
from benchmarks.load.http import Connection, bearer, expect

_FORM = (("Content-Type", "application/x-www-form-urlencoded"),)
_OK = 200


async def work(job: jobs.Job) -> jobs.Job:
    """Ask for the time given."""
    choose = random.Random(job["connections"])  # noqa: S311 - which one is read is no secret

    async def get(connection: Connection, _: int) -> bool:
        person = choose.choice(job["people"])
        if "password" in person:
            fields = urlencode({"username": person["email"], "password": person["password"]}).encode()
            answer = await connection.request("POST", job["path"], _FORM, (fields,))
        else:
            path = job["path"].format(owner=person["id"], ecg=choose.randrange(job["ecgs_of_each"]))
            answer = await connection.request("GET", path, bearer(person["token"]))
        expect(answer, _OK)
        return True

    return await drive(job, get)


if __name__ == "__main__":
    jobs.run(work)
