"""At rest: the CPU of a processor with nothing to do.

(The memory of the processor under a backlog and of the ingest API under load is taken where these are measured.)
"""

from benchmarks.bench import Bench, own_cpu_share


def measure(bench: Bench) -> None:
    """Measure."""
    bench.settle()
    for number in range(bench.scale.rounds):
        bench.say(f"resources, round {number + 1} of {bench.scale.rounds}")
        share = own_cpu_share(bench.system.pid("stream_processor"), bench.scale.idle_seconds)
        bench.results.add("resources/idle/processor_percent", "% of a core", share)
