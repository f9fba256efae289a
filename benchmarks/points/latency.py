"""Latency: from POST to having read the insight, at five uploads a second and at half of what is kept up with."""

from benchmarks.bench import Bench
from benchmarks.points.pipeline import SAMPLES, SUSTAINED

CALM_RATE = 5.0
# Where the pipeline was not measured before.
USUAL_SUSTAINED = 300.0
FOLLOWED_A_SECOND = 20.0
WAYS = ("plain", "long_poll")


def measure(bench: Bench) -> None:
    """Measure."""
    bench.sign_in()
    bench.settle()
    half = (bench.results.median(SUSTAINED) or USUAL_SUSTAINED) / 2
    for number in range(bench.scale.rounds):
        bench.say(f"latency, round {number + 1} of {bench.scale.rounds}")
        for pace, rate in (("calm", CALM_RATE), ("half", half)):
            for way in WAYS:
                follow(bench, f"latency/{pace}/{way}", rate, f"{pace}-{way}-{number}", way)


def follow(bench: Bench, name: str, rate: float, prefix: str, way: str) -> None:
    """One load."""
    found = bench.load(
        "following",
        url=bench.system.ingest_url,
        tokens=bench.tokens,
        rate=rate,
        followed=min(rate, FOLLOWED_A_SECOND),
        seconds=bench.scale.followed_seconds,
        format="json",
        samples=SAMPLES,
        prefix=prefix,
        long_poll=way == "long_poll",
    )
    for what in ("p50_ms", "p99_ms"):
        bench.results.add(f"{name}/{what}", "ms", found[what])
