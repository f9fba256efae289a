"""Processing: a backlog drained, by us and by the floor in turn, both from the same events.

The rate is that from the first insight to the last, as Kafka has them; the CPU that of the whole life of the process
less that of a start with nothing to do, so that what it fetched before the first insight is counted too.
"""

import asyncio
import time

import psutil
from aiokafka import AIOKafkaConsumer, TopicPartition

from benchmarks.bench import (
    FLOOR_INSIGHTS,
    FLOOR_KEYSPACE,
    LOAD_LIMIT_SECONDS,
    Bench,
    LoadFailedError,
    ends,
    make_floor_topics,
    run,
)
from benchmarks.usage import cpu_seconds, using
from harness import access
from harness.running import until
from schemas.topics import INSIGHTS, UPLOADED

SAMPLES = 5_000
LOOK_EVERY_SECONDS = 0.02
IDLE_SECONDS = 2.0


def measure(bench: Bench) -> None:
    """Measure."""
    count = bench.scale.drained_events
    bench.sign_in()
    make_floor(bench)
    bench.settle()
    for number in range(bench.scale.rounds):
        bench.say(f"processing, round {number + 1} of {bench.scale.rounds}: {count} events")
        bench.system.stop("stream_processor")
        starts = ends(bench.kafka, UPLOADED.name, UPLOADED.partitions)
        fill(bench, count, f"drain-{number}")
        # Who comes second finds the events in the machine's memory for longer: they take turns.
        if number % 2:
            floor(bench, starts, count)
        ours(bench, count)
        if not number % 2:
            floor(bench, starts, count)


def make_floor(bench: Bench) -> None:
    """The floor's own topics and tables, in the shape of ours."""
    make_floor_topics(bench.kafka)
    access.apply_tables(bench.cassandra, FLOOR_KEYSPACE)


def fill(bench: Bench, count: int, prefix: str, *, partitions: int = UPLOADED.partitions) -> None:
    """Write so many upload events."""
    bench.load(
        "filling",
        kafka=bench.kafka,
        topic=UPLOADED.name,
        partitions=partitions,
        count=count,
        samples=SAMPLES,
        prefix=prefix,
        owners=[user.id for user in bench.users],
    )


def floor(bench: Bench, starts: list[int], count: int) -> None:
    """The floor drains them."""
    found = run(
        "benchmarks.floors.processing",
        {
            "kafka": bench.kafka,
            "cassandra": bench.cassandra,
            "keyspace": FLOOR_KEYSPACE,
            "uploads": UPLOADED.name,
            "insights": FLOOR_INSIGHTS,
            "starts": starts,
            "count": count,
        },
    )
    bench.results.add("processing/floor/rate", "ECG/s", found["rate"])
    bench.results.add("processing/floor/cpu_ms", "ms/ECG", found["cpu_ms"])


def ours(bench: Bench, count: int) -> None:
    """The processor is started twice: to drain them, and with nothing to do."""
    insights = sum(ends(bench.kafka, INSIGHTS.name, INSIGHTS.partitions))
    pid = start(bench)
    with using({"processor": pid, **bench.pids("cassandra", "kafka")}) as used:
        rate = asyncio.run(drained(bench.kafka, insights, count))
    spent = cpu_seconds(psutil.Process(pid))
    bench.system.stop("stream_processor")
    idle = started_cpu_seconds(bench)
    add = bench.results.add
    add("processing/ours/rate", "ECG/s", rate)
    add("processing/ours/cpu_ms", "ms/ECG", 1000 * (spent - idle) / count)
    add("processing/ours/cassandra_cpu_ms", "ms/ECG", 1000 * used["cassandra"].cpu_seconds / count)
    add("processing/ours/kafka_cpu_ms", "ms/ECG", 1000 * used["kafka"].cpu_seconds / count)
    add("processing/ours/peak_mb", "MB", used["processor"].peak_megabytes)
    add("processing/ours/start_cpu_s", "s", idle)


def start(bench: Bench) -> int:
    """Let the supervisor start the processor; its process id, as soon as there is one."""
    (bench.system.var / "stopped" / "stream_processor").unlink()
    until(lambda: bench.system.run()["pids"]["stream_processor"] is not None, "the processor's process")
    return bench.system.pid("stream_processor")


def started_cpu_seconds(bench: Bench) -> float:
    """What a start takes, without events."""
    bench.system.start("stream_processor")
    time.sleep(IDLE_SECONDS)
    return cpu_seconds(psutil.Process(bench.system.pid("stream_processor")))


async def drained(kafka: str, before: int, count: int) -> float:
    """Wait until `count` insights have come; how many came a second from the first on."""
    consumer = AIOKafkaConsumer(**access.to(kafka))
    await consumer.start()
    places = [TopicPartition(INSIGHTS.name, number) for number in range(INSIGHTS.partitions)]
    first, began = 0, 0.0
    end = time.monotonic() + LOAD_LIMIT_SECONDS
    try:
        while True:
            found: int = sum((await consumer.end_offsets(places)).values()) - before
            now = time.perf_counter()
            if not began and found:
                first, began = found, now
            if found >= count:
                return (found - first) / (now - began)
            if time.monotonic() > end:
                raise LoadFailedError(f"{found} of {count} events were processed in {LOAD_LIMIT_SECONDS} s")
            await asyncio.sleep(LOOK_EVERY_SECONDS)
    finally:
        await consumer.stop()
