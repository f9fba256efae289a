"""At rest and after a kill: the CPU of a processor with nothing to do, and the time from kill -9 to the next insight.

(The memory of the processor under a backlog and of the ingest API under load is taken where these are measured.)
"""

import time

from benchmarks.bench import Bench, own_cpu_share
from benchmarks.points.pipeline import SAMPLES
from tests.system.running import until

# The supervisor starts a program that ends again within this time more slowly.
STEADY_SECONDS = 31.0


def measure(bench: Bench) -> None:
    """Measure."""
    bench.sign_in()
    bench.settle()
    for number in range(bench.scale.rounds):
        bench.say(f"resources, round {number + 1} of {bench.scale.rounds}")
        steady = time.monotonic() + STEADY_SECONDS
        share = own_cpu_share(bench.system.pid("stream_processor"), bench.scale.idle_seconds)
        bench.results.add("resources/idle/processor_percent", "% of a core", share)
        time.sleep(max(0.0, steady - time.monotonic()))
        killed(bench, number)


def killed(bench: Bench, number: int) -> None:
    """From the kill to the insight of an upload that was sent right after it."""
    old = bench.system.kill("stream_processor")
    began = time.perf_counter()
    bench.load(
        "following",
        url=bench.system.ingest_url,
        tokens=bench.tokens,
        rate=1,
        followed=1,
        seconds=1,
        format="json",
        samples=SAMPLES,
        prefix=f"killed-{number}",
        long_poll=False,
    )
    bench.results.add("resources/killed/seconds", "s", time.perf_counter() - began)
    until(lambda: bench.system.pid("stream_processor") != old, "another processor")
