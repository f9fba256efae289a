"""``make bench``: uploads per second, and the time from POST to readable, of this build on this machine.

The system is a fresh one on free ports, with real Kafka and Cassandra, and is gone afterwards. Rounds of the
measurements alternate, and the median round is shown, so that a slow moment of the machine does not decide.
"""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

from benchmarks.load import Target, bodies, readable, upload
from tests.system.running import System, supervised, until

ROUNDS = 3
UPLOADS_A_ROUND = 400
CONNECTIONS = (1, 8, 32)
SAMPLES_A_LEAD = 5_000
READS_A_ROUND = 25
READ_EVERY_SECONDS = 0.2
WARM_UP_UPLOADS = 100


def main() -> None:
    """Measure, and print a table."""
    print("Starting Kafka, Cassandra and the services …", flush=True)
    with tempfile.TemporaryDirectory() as folder, supervised(Path(folder) / "var") as process:
        system = System(Path(folder) / "var", process)
        target = Target(system.ingest_url, system.query_url, system.new_user().token)
        asyncio.run(upload(target, bodies(WARM_UP_UPLOADS, SAMPLES_A_LEAD, prefix="warm"), connections=8))
        measure_uploads(system, target)
        measure_readable(target)
        system.http.close()


def measure_uploads(system: System, target: Target) -> None:
    """Uploads per second, latency and CPU of the ingest API, by number of connections."""
    print(f"\nUploads of 12 x {SAMPLES_A_LEAD} samples as JSON, median of {ROUNDS} rounds")
    print(f"{'connections':>12} {'ECG/s':>8} {'p50 ms':>8} {'p99 ms':>8} {'CPU ms/ECG':>11} {'to one':>7}")
    rounds: dict[int, list[tuple[float, float, float, float]]] = {count: [] for count in CONNECTIONS}
    for number in range(ROUNDS):
        for count in CONNECTIONS:
            payloads = bodies(UPLOADS_A_ROUND, SAMPLES_A_LEAD, prefix=f"up-{number}-{count}")
            ingest = psutil.Process(system.pid("ingest_api"))
            cpu, began = cpu_seconds(ingest), time.perf_counter()
            seconds = asyncio.run(upload(target, payloads, connections=count))
            took, used = time.perf_counter() - began, cpu_seconds(ingest) - cpu
            rounds[count].append((len(seconds) / took, *percentiles(seconds), 1000 * used / len(seconds)))
            settle(system)
    alone = statistics.median(one[0] for one in rounds[CONNECTIONS[0]])
    for count, measured in rounds.items():
        rate, p50, p99, cpu_ms = (statistics.median(column) for column in zip(*measured, strict=True))
        print(f"{count:>12} {rate:>8.0f} {p50:>8.1f} {p99:>8.1f} {cpu_ms:>11.2f} {rate / alone:>7.2f}")


def measure_readable(target: Target) -> None:
    """From POST to the insight being read by its owner, at a steady 5 a second."""
    print(f"\nPOST to readable at {1 / READ_EVERY_SECONDS:.0f} a second, {ROUNDS} rounds of {READS_A_ROUND}")
    print(f"{'read by':>12} {'p50 ms':>8} {'p99 ms':>8}")
    seconds: dict[str, list[float]] = {"plain poll": [], "long-poll": []}
    for number in range(ROUNDS):
        for way in seconds:
            payloads = bodies(READS_A_ROUND, SAMPLES_A_LEAD, prefix=f"read-{number}-{way.replace(' ', '-')}")
            seconds[way] += asyncio.run(
                readable(target, payloads, every_seconds=READ_EVERY_SECONDS, long_poll=way == "long-poll")
            )
    for way, found in seconds.items():
        p50, p99 = percentiles(found)
        print(f"{way:>12} {p50:>8.1f} {p99:>8.1f}")


def percentiles(seconds: Sequence[float]) -> tuple[float, float]:
    """The 50th and the 99th percentile, in milliseconds."""
    hundredths = statistics.quantiles(seconds, n=100, method="inclusive")
    return 1000 * hundredths[49], 1000 * hundredths[98]


def cpu_seconds(process: psutil.Process) -> float:
    """CPU time of a process so far, user and system."""
    times = process.cpu_times()
    return times.user + times.system


def settle(system: System) -> None:
    """Wait until the processor has finished what was uploaded, so that rounds do not disturb each other."""
    until(
        lambda: "\necg_processor_lag_events 0.0" in system.http.get(f"{system.processor_url}/metrics").text,
        "the backlog",
    )
    # The figure is refreshed each second.
    time.sleep(1.5)


if __name__ == "__main__":
    main()
