"""Small uploads beside the worst bodies of another user: their p50 and p99 with and without, and the memory of it."""

import time

from benchmarks.bench import Bench
from benchmarks.besieged import besieged

SECONDS = 15.0


def measure(bench: Bench) -> None:
    """Measure."""
    bench.sign_in()
    for number in range(bench.scale.rounds):
        bench.say(f"besieged, round {number + 1} of {bench.scale.rounds}")
        found = besieged(
            bench.system.ingest_url,
            bench.system.pid("ingest_api"),
            bench.tokens[0],
            bench.tokens[1],
            seconds=SECONDS,
            prefix=f"besieged-{number}-{time.time_ns()}",
        )
        for name, took in (("alone", found.alone), ("beside", found.beside)):
            for figure in ("p50_ms", "p99_ms"):
                bench.results.add(f"besieged/{name}/{figure}", "ms", took[figure])
        bench.results.add("besieged/ratio", "x", found.ratio)
        bench.results.add("besieged/peak_mb", "MB", found.peak_megabytes)
        bench.settle()
