"""A backlog and no more: fetch, count, three rows, one event, acknowledge.

`python -m benchmarks.floors.processing`, a job as JSON on standard input: kafka, cassandra, keyspace, uploads,
insights, starts (the first offset of each partition), count. Found: rate and cpu_ms an ECG, rate since the first batch
was done, CPU since before the first was fetched.
"""

import asyncio
import json
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import msgspec
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from cassandra.cluster import Session

from benchmarks.floors.cassandra import connected
from benchmarks.floors.leads import counts_of
from harness import access
from schemas.positions import position_of
from service_kit.process import allocator, garbage_collection

GROUP = "floor"
BATCH_EVENTS = 128
FETCH_BYTES = 4 * 1024 * 1024
INSIGHT = """INSERT INTO insights_by_ecg (owner_id, ecg_id, position, content_hash, insight, version, segment,
    segments, status, accepted_at, date, date_source, sampling_frequency, result)
    VALUES (?, ?, ?, ?, 'zero_crossings', 1, -1, 1, 'computed', ?, ?, ?, ?, ?) USING TIMESTAMP ?"""
ECG = """INSERT INTO ecgs_by_owner (owner_id, month, date, ecg_id, accepted_at, content_hash, date_source, leads,
    samples, sampling_frequency, status) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'computed') USING TIMESTAMP ?"""
ACCEPTANCE = """INSERT INTO acceptances_by_owner (owner_id, week, received_at, ecg_id, content_hash, status)
    VALUES (?, ?, ?, ?, ?, 'computed') USING TIMESTAMP ?"""

Write = tuple[int, tuple[object, ...]]


def outcome(record: ConsumerRecord) -> tuple[list[Write], bytes]:
    """The three rows of an event, and the value of its insight event."""
    said = {name: value.decode() for name, value in record.headers}
    owner, ecg_id, content_hash = UUID(said["ce_ownerid"]), said["ce_ecgid"], said["ce_contenthash"]
    accepted, date, source = int(said["ce_acceptedat"]), int(said["ce_date"]), said["ce_datesource"]
    frequency = float(said["ce_samplingfrequency"])
    place = position_of(1, record.offset)
    counts = counts_of(record.value)
    samples = sum(length for _, length, _ in counts)
    result = msgspec.json.encode(
        {
            "name": "zero_crossings",
            "version": 1,
            "leads": [
                {"name": name, "number_of_samples": length, "baseline": 0, "value": value, "warnings": []}
                for name, length, value in counts
            ],
        }
    )
    gone = time.gmtime(accepted // 1_000_000)
    month, week = time.strftime("%Y-%m", gone), time.strftime("%G-W%V", gone)
    written: list[Write] = [
        (
            0,
            (owner, ecg_id, place, content_hash, accepted, date, source, frequency, result.decode(), place),
        ),
        (
            1,
            (
                owner,
                month,
                date,
                ecg_id,
                accepted,
                content_hash,
                source,
                len(counts),
                samples,
                frequency,
                place,
            ),
        ),
        (2, (owner, week, accepted, ecg_id, content_hash, place)),
    ]
    return written, b'{"ecg_id":"%b","insight":%b}' % (ecg_id.encode(), result)


class Writer:
    """Writes rows; one wake-up of the loop for all that were begun together."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._statements = [session.prepare(text) for text in (INSIGHT, ECG, ACCEPTANCE)]

    def write(self, writes: Sequence[Write]) -> "asyncio.Future[None]":
        """Begin; the future is done when all are stored, or fails."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        lock, waiting = threading.Lock(), len(writes)

        def stored(_: object) -> None:
            nonlocal waiting
            with lock:
                waiting -= 1
                last = not waiting
            if last:
                loop.call_soon_threadsafe(done.set_result, None)

        failed: Callable[[BaseException], object] = lambda error: loop.call_soon_threadsafe(  # noqa: E731
            done.set_exception, error
        )
        for which, values in writes:
            self._session.execute_async(self._statements[which], values).add_callbacks(stored, failed)
        return done


async def work(job: dict[str, Any]) -> dict[str, float]:
    """Drain the backlog, the next batch being counted while the last is being stored."""
    consumer = AIOKafkaConsumer(
        **access.to(job["kafka"]),
        group_id=GROUP,
        enable_auto_commit=False,
        max_partition_fetch_bytes=FETCH_BYTES,
    )
    producer = AIOKafkaProducer(**access.to(job["kafka"]), acks="all", enable_idempotence=True, linger_ms=0)
    writer = Writer(connected(job["cassandra"], job["keyspace"]))
    await consumer.start()
    await producer.start()
    places = [TopicPartition(job["uploads"], number) for number in range(len(job["starts"]))]

    async def finish(records: list[ConsumerRecord], before: "asyncio.Task[None] | None") -> None:
        outcomes = [outcome(record) for record in records]
        await writer.write([write for writes, _ in outcomes for write in writes])
        sends = [
            await producer.send(job["insights"], value, record.key, record.partition)
            for record, (_, value) in zip(records, outcomes, strict=True)
        ]
        await asyncio.gather(*sends)
        if before is not None:
            await before
        await consumer.commit({TopicPartition(one.topic, one.partition): one.offset + 1 for one in records})

    cpu = time.process_time()
    consumer.assign(places)
    for place, start in zip(places, job["starts"], strict=True):
        consumer.seek(place, start)
    taken = finished = 0
    began = 0.0
    under_way: asyncio.Task[None] | None = None
    while taken < job["count"]:
        fetched = await consumer.getmany(timeout_ms=1000, max_records=BATCH_EVENTS)
        records = [record for part in fetched.values() for record in part]
        taken += len(records)
        task = asyncio.create_task(finish(records, under_way))
        # It counts and begins to write at once; its predecessor has been stored when the next is fetched.
        if under_way is not None:
            await under_way
            if not began:
                began, finished = time.perf_counter(), taken - len(records)
        under_way = task
    assert under_way is not None
    await under_way
    seconds, used = time.perf_counter() - began, time.process_time() - cpu
    await consumer.stop()
    await producer.stop()
    return {"rate": (taken - finished) / seconds, "cpu_ms": 1000 * used / taken}


if __name__ == "__main__":
    allocator.keep()
    garbage_collection.look_seldom()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        json.dump(runner.run(work(json.load(sys.stdin))), sys.stdout)
