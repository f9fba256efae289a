"""Growth: CPU a sample by the format and the length of recordings, and CPU an ECG by workers and partitions.

Workers beyond the first are started here, with the command and the environment of the first. For another number of
partitions the upload topic is made anew, which only a bench may do.
"""

import asyncio
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
from aiokafka.admin import AIOKafkaAdminClient

from benchmarks.bench import Bench, ends, make_topics
from benchmarks.points.processing import IDLE_SECONDS, drained, fill
from benchmarks.usage import cpu_seconds
from harness import access
from infra import tied
from infra.local.ports import any_free
from infra.paths import REPOSITORY
from schemas.topics import INSIGHTS, UPLOADED, Topic

# The longest of each are 24 MB, of the 32 that are taken.
LENGTHS = {"json": (500, 5_000, 50_000, 500_000), "arrow": (5_000, 50_000, 1_000_000)}
LEADS = 12
# Of each length so many that there is something to measure, and so few that all fit into minutes.
SAMPLES_OF_A_ROUND, MOST_UPLOADS = 120_000_000, 1_500
WORKERS = (1, 2, 4)
PARTITIONS = (4, 16)
EVENTS = 2_000
# Until a worker that was stopped is no member of the group any more.
FORGOTTEN_SECONDS = 8.0
STOP_SECONDS = 20.0
NANOSECONDS = 1e9


def measure(bench: Bench) -> None:
    """Measure."""
    bench.sign_in()
    bench.settle()
    for number in range(bench.scale.rounds):
        for form, lengths in LENGTHS.items():
            for samples in lengths:
                bench.say(f"growth, round {number + 1} of {bench.scale.rounds}: 12 x {samples:,} as {form}")
                recordings(bench, form, samples, number)
    worker = psutil.Process(bench.system.pid("stream_processor"))
    command, environment = worker.cmdline(), worker.environ()
    bench.system.stop("stream_processor")
    idle = {count: started_cpu_seconds(command, environment, count) for count in WORKERS}
    for number in range(bench.scale.rounds):
        for partitions in PARTITIONS:
            for count in WORKERS:
                bench.say(
                    f"growth, round {number + 1} of {bench.scale.rounds}: {count} workers, {partitions} partitions"
                )
                rate, spent = drain(bench, command, environment, count, partitions, number)
                name = f"growth/workers/{count}/{partitions}"
                bench.results.add(f"{name}/rate", "ECG/s", rate)
                bench.results.add(f"{name}/cpu_ms", "ms/ECG", 1000 * (spent - idle[count]) / EVENTS)


def recordings(bench: Bench, form: str, samples: int, number: int) -> None:
    """Upload and process recordings of a length."""
    count = min(MOST_UPLOADS, SAMPLES_OF_A_ROUND // (LEADS * samples))
    pids = bench.pids("ingest_api", "stream_processor")
    before = {name: cpu_seconds(psutil.Process(pid)) for name, pid in pids.items()}
    bench.load(
        "posting",
        url=bench.system.ingest_url,
        tokens=bench.tokens,
        connections=2,
        count=count,
        seconds=120,
        format=form,
        samples=samples,
        prefix=f"length-{form}-{samples}-{number}",
    )
    bench.settle()
    for name, pid in pids.items():
        used = cpu_seconds(psutil.Process(pid)) - before[name]
        value = NANOSECONDS * used / (count * LEADS * samples)
        bench.results.add(f"growth/length/{form}/{samples}/{name}_cpu_ns", "ns/sample", value)


def started_cpu_seconds(command: list[str], environment: dict[str, str], count: int) -> float:
    """What a start of so many workers takes, without events."""
    with running(command, environment, count) as processes:
        time.sleep(FORGOTTEN_SECONDS + IDLE_SECONDS)
        return sum(map(cpu_seconds, processes))


def drain(
    bench: Bench, command: list[str], environment: dict[str, str], count: int, partitions: int, number: int
) -> tuple[float, float]:
    """Drain a backlog by some workers, from a topic of some partitions: ECG/s, and CPU seconds in all."""
    make_anew(bench.kafka, partitions)
    fill(bench, EVENTS, f"grown-{partitions}-{count}-{number}", partitions=partitions)
    insights = sum(ends(bench.kafka, INSIGHTS.name, INSIGHTS.partitions))
    with running(command, environment, count) as processes:
        rate = asyncio.run(drained(bench.kafka, insights, EVENTS))
        return rate, sum(map(cpu_seconds, processes))


@contextmanager
def running(command: list[str], environment: dict[str, str], count: int) -> Iterator[list[psutil.Process]]:
    """So many workers of one group."""
    started = [
        subprocess.Popen(  # noqa: S603 - the command is that of a process of ours
            tied.command(command),
            cwd=REPOSITORY,
            env=environment
            | {"ECG_PROCESSOR_PORT": str(any_free()), "ECG_PROCESSOR_INSTANCE_ID": f"bench-{number}"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for number in range(count)
    ]
    try:
        yield [psutil.Process(process.pid) for process in started]
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(STOP_SECONDS)
        time.sleep(FORGOTTEN_SECONDS)


def make_anew(kafka: str, partitions: int) -> None:
    """Remove the upload topic and its events, and make it again with so many partitions."""

    async def remove() -> None:
        admin = AIOKafkaAdminClient(**access.to(kafka))
        await admin.start()
        await admin.delete_topics([UPLOADED.name])
        while UPLOADED.name in await admin.list_topics():
            await asyncio.sleep(0.1)
        await admin.close()

    asyncio.run(remove())
    make_topics(kafka, (UPLOADED.name, Topic(UPLOADED.name, partitions, UPLOADED.configs)))
