"""Insights stored as the processor stores them, without the way there; those of one list in batches.

Job: cassandra, owners (each gets all), first and last (numbers of the ECGs; the last not included). Found: count.
"""

import threading
from collections.abc import Iterator
from uuid import UUID

import msgspec
from cassandra.query import BatchStatement, BatchType

from benchmarks.floors.cassandra import connected
from benchmarks.load import jobs
from benchmarks.payloads import LEADS, SAMPLING_FREQUENCY_HZ
from schemas.insights import InsightResult, LeadResult
from schemas.positions import position_of
from schemas.uploaded import Provenance
from service_kit.engines.cassandra.database import Bound
from stream_processor import ecg_rows

KEYSPACE = "ecg"
BATCH_ECGS = 20
IN_FLIGHT = 64
# One each ten minutes: a list's month holds some 4,400.
SECONDS_BETWEEN = 600
CONTENT_HASH = "0" * 64
NEWEST_MICROS = 1_763_886_600_000_000


async def work(job: jobs.Job) -> jobs.Job:
    """Store them all."""
    session = connected(job["cassandra"], KEYSPACE)
    prepared = {}
    free = threading.Semaphore(IN_FLIGHT)
    failures: list[BaseException] = []

    def stored(_: object) -> None:
        free.release()

    def failed(error: BaseException) -> None:
        failures.append(error)
        free.release()

    count = 0
    for statements in batches(job):
        batch = BatchStatement(BatchType.UNLOGGED)
        for statement, values in statements:
            if statement not in prepared:
                prepared[statement] = session.prepare(statement.cql)
            batch.add(prepared[statement], values)
        free.acquire()
        session.execute_async(batch).add_callbacks(stored, failed)
        count += BATCH_ECGS
    for _ in range(IN_FLIGHT):
        free.acquire()
    if failures:
        raise failures[0]
    session.cluster.shutdown()
    return {"count": count}


def batches(job: jobs.Job) -> Iterator[list[Bound]]:
    """The rows of a few ECGs of one owner each time."""
    result = InsightResult(
        "zero_crossings", 1, [LeadResult(name, 5_000, 0, 100 + place, []) for place, name in enumerate(LEADS)]
    )
    encoded = msgspec.json.encode(result).decode()
    months = set()
    for number in range(job["first"], job["last"], BATCH_ECGS):
        for owner in job["owners"]:
            statements: list[Bound] = []
            for ecg in range(number, min(number + BATCH_ECGS, job["last"])):
                origin = provenance(UUID(owner), ecg)
                statements += [
                    ecg_rows.answer(origin, result, encoded),
                    ecg_rows.listing(origin, len(LEADS)),
                    ecg_rows.arrival(origin, origin.accepted_at),
                ]
                month = ecg_rows.month(origin)
                if (owner, month[1][1]) not in months:
                    months.add((owner, month[1][1]))
                    statements.append(month)
            yield statements


def provenance(owner: UUID, ecg: int) -> Provenance:
    """Of the stored ECG of this number."""
    at = NEWEST_MICROS - ecg * SECONDS_BETWEEN * 1_000_000
    return Provenance(
        owner_id=owner,
        ecg_id=f"stored-{ecg}",
        content_hash=CONTENT_HASH,
        accepted_at=at,
        date=at,
        date_source="client",
        number_of_samples=60_000,
        sampling_frequency=SAMPLING_FREQUENCY_HZ,
        position=position_of(1, ecg),
    )


if __name__ == "__main__":
    jobs.run(work)
