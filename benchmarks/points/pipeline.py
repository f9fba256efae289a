"""The pipeline: the highest rate of uploads, from POST to stored, that all on this machine keep up with.

First so many uploads as are stored again, which gives a rate to begin with (later rounds begin with what the last one
found); then uploads at a steady rate, higher from try to try while the lag stays flat, lower while it does not: at the
end no more uploads may wait than come in a quarter of a second. The highest such rate is the figure, 0 where none was.
The reference answers when all is done, so its rate is what it takes of as many connections.
"""

from typing import Any

from benchmarks.bench import Bench, database_file, serving
from benchmarks.points.ingest import COMPARED_CONNECTIONS

SAMPLES = 5_000
# On the way at once: some 200 ms of the rate, so that no part waits for work.
WINDOW = 96
WINDOW_SECONDS = 6.0
PACED_CONNECTIONS = 32
HIGHER = 1.07
# From a rate that is too high, first a little down, then further and further.
LOWER = (0.93, 0.87, 0.8, 0.7, 0.5)
TRIES = 8
# Of later rounds, which begin with what the last one found.
LATER_TRIES = 2
FLAT_SECONDS = 0.25
SUSTAINED = "pipeline/ours/rate"


def measure(bench: Bench) -> None:
    """Measure."""
    bench.sign_in()
    bench.settle()
    with serving("benchmarks.reference", database_file(bench.system.var)) as (_, reference_url):
        kept = 0.0
        for number in range(bench.scale.rounds):
            bench.say(f"pipeline, round {number + 1} of {bench.scale.rounds}")
            found = paced(bench, f"window-{number}", WINDOW_SECONDS, window=WINDOW)
            bench.results.add("pipeline/ours/window_rate", "ECG/s", found["rate"])
            bench.settle()
            kept = sustained(bench, number, kept or found["rate"], tries=LATER_TRIES if kept else TRIES)
            bench.results.add(SUSTAINED, "ECG/s", kept)
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


def sustained(bench: Bench, number: int, rate: float, *, tries: int) -> float:
    """The highest rate that is kept up with: up from one that is, down from one that is not. 0: none of those tried."""
    kept, lower = 0.0, iter(LOWER)
    for attempt in range(tries):
        found = paced(bench, f"paced-{number}-{attempt}", bench.scale.sustained_seconds, rate=rate)
        bench.settle()
        bench.say(f"  {rate:.0f} a second: {found['lag_last']:.0f} wait at the end")
        if found["lag_last"] <= FLAT_SECONDS * rate:
            kept = rate
            rate *= HIGHER
        elif kept:
            break
        else:
            rate *= next(lower, 1.0)
    return kept


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
