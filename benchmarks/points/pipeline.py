"""The pipeline: the highest rate of uploads, from POST to stored, that all on this machine keep up with.

First so many uploads as are stored again, which gives a rate to begin with; then uploads at a steady rate, higher from
try to try while the lag stays flat, lower while it does not: at the end no more uploads may wait than come in a quarter
of a second. Short tries find about where that is, and the rounds begin there. The highest such rate of a round is its
figure, 0 where none was.
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
SHORT_TRIES, SHORT_SECONDS = 8, 6.0
# Of a round, which begins with what was found before it.
TRIES = 3
FLAT_SECONDS = 0.25
SUSTAINED = "pipeline/ours/rate"


def measure(bench: Bench) -> None:
    """Measure."""
    bench.sign_in()
    bench.settle()
    with serving("benchmarks.reference", database_file(bench.system.var)) as (_, reference_url):
        bench.say("pipeline, about where the limit is")
        rate = window(bench, "window")
        rate = sustained(bench, "short", rate, SHORT_SECONDS, tries=SHORT_TRIES) or rate
        for number in range(bench.scale.rounds):
            bench.say(f"pipeline, round {number + 1} of {bench.scale.rounds}")
            bench.results.add("pipeline/ours/window_rate", "ECG/s", window(bench, f"window-{number}"))
            kept = sustained(bench, f"paced-{number}", rate, bench.scale.sustained_seconds, tries=TRIES)
            bench.results.add(SUSTAINED, "ECG/s", kept)
            rate = kept or rate * LOWER[-1]
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


def window(bench: Bench, prefix: str) -> float:
    """The rate at which so many uploads on the way keep everything busy."""
    found = paced(bench, prefix, WINDOW_SECONDS, window=WINDOW)
    bench.settle()
    rate: float = found["rate"]
    return rate


def sustained(bench: Bench, prefix: str, rate: float, seconds: float, *, tries: int) -> float:
    """The highest rate that is kept up with: up from one that is, down from one that is not. 0: none of those tried."""
    kept, lower = 0.0, iter(LOWER)
    for attempt in range(tries):
        found = paced(bench, f"{prefix}-{attempt}", seconds, rate=rate)
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
