"""The pipeline: the highest rate of uploads, from POST to stored, that all on this machine keep up with.

First so many uploads as are stored again, which gives a rate to begin with; then uploads at a steady rate, lower from
try to try, until the lag stays flat: at the end no more uploads wait than come in a quarter of a second. That rate is
the figure. The reference answers when all is done, so its rate is what it takes of as many connections.
"""

from typing import Any

from benchmarks.bench import Bench, database_file, serving
from benchmarks.points.ingest import COMPARED_CONNECTIONS

SAMPLES = 5_000
# On the way at once: some 200 ms of the rate, so that no part waits for work.
WINDOW = 96
WINDOW_SECONDS = 6.0
PACED_CONNECTIONS = 32
LOWER = 0.95
TRIES = 6
FLAT_SECONDS = 0.25
SUSTAINED = "pipeline/ours/rate"


def measure(bench: Bench) -> None:
    """Measure."""
    bench.sign_in()
    bench.settle()
    with serving("benchmarks.reference", database_file(bench.system.var)) as (_, reference_url):
        for number in range(bench.scale.rounds):
            bench.say(f"pipeline, round {number + 1} of {bench.scale.rounds}")
            found = paced(bench, f"window-{number}", WINDOW_SECONDS, window=WINDOW)
            bench.results.add("pipeline/ours/window_rate", "ECG/s", found["rate"])
            bench.settle()
            sustain(bench, number, found["rate"])
            reference = bench.load(
                "posting",
                url=reference_url,
                tokens=[None],
                connections=COMPARED_CONNECTIONS,
                seconds=bench.scale.load_seconds,
                format="json",
                samples=SAMPLES,
                prefix=f"pipeline-{number}",
            )
            bench.results.add("pipeline/reference/rate", "ECG/s", reference["rate"])


def sustain(bench: Bench, number: int, rate: float) -> None:
    """Find a rate that is kept up with."""
    for attempt in range(TRIES):
        found = paced(bench, f"paced-{number}-{attempt}", bench.scale.sustained_seconds, rate=rate)
        bench.settle()
        if found["lag_last"] <= FLAT_SECONDS * rate:
            bench.results.add(SUSTAINED, "ECG/s", rate)
            bench.results.add("pipeline/ours/lag_last", "ECGs", found["lag_last"])
            return
        bench.say(f"  {rate:.0f} a second is too much: {found['lag_last']:.0f} wait at the end")
        rate *= LOWER
    bench.say("  no steady rate was found")


def paced(bench: Bench, prefix: str, seconds: float, **how: float) -> dict[str, Any]:
    """One load, by `rate` or by `window`."""
    return bench.load(
        "pacing",
        url=bench.system.ingest_url,
        tokens=bench.tokens,
        connections=PACED_CONNECTIONS,
        seconds=seconds,
        format="json",
        samples=SAMPLES,
        prefix=prefix,
        kafka=bench.kafka,
        **how,
    )
