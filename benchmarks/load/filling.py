"""Upload events written to a topic as the ingest API writes them, one a batch, and faster than anybody reads them.

Job: kafka, topic, partitions, count, samples, prefix, owners. Found: count.
"""

import asyncio
import time
from uuid import UUID

from aiokafka import AIOKafkaProducer

from benchmarks.load import jobs
from benchmarks.payloads import LEADS, SAMPLING_FREQUENCY_HZ, leads
from harness import access
from schemas.ids import ecg_key
from schemas.uploaded import Provenance, Uploaded, encode_uploaded
from service_kit.engines.kafka.publisher import MAX_REQUEST_BYTES, partition_of

IN_FLIGHT = 64
_ANY_HASH = "0" * 64


async def work(job: jobs.Job) -> jobs.Job:
    """Write the events."""
    producer = AIOKafkaProducer(
        **access.to(job["kafka"]),
        acks="all",
        enable_idempotence=True,
        max_request_size=MAX_REQUEST_BYTES,
    )
    await producer.start()
    waiting: set[asyncio.Future[object]] = set()
    owners = [UUID(owner) for owner in job["owners"]]
    recorded = leads(job["samples"])
    for number in range(job["count"]):
        now = time.time_ns() // 1000
        origin = Provenance(
            owner_id=owners[number % len(owners)],
            ecg_id=f"{job['prefix']}-{number}",
            content_hash=_ANY_HASH,
            accepted_at=now,
            date=now,
            date_source="server",
            number_of_samples=len(LEADS) * job["samples"],
            sampling_frequency=SAMPLING_FREQUENCY_HZ,
        )
        record = encode_uploaded(Uploaded(origin, recorded))
        partition = partition_of(ecg_key(origin.owner_id, origin.ecg_id), job["partitions"])
        waiting.add(
            await producer.send(job["topic"], record.value, record.key, partition, headers=record.headers)
        )
        if len(waiting) == IN_FLIGHT:
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for one in done:
                one.result()
    await asyncio.gather(*waiting)
    await producer.stop()
    return {"count": job["count"]}


if __name__ == "__main__":
    jobs.run(work)
