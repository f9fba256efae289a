"""`python -m benchmarks [POINT ...] [--full]`: measure, print a table, and keep all as JSON in `var/bench/`.

The system is a fresh one on free ports, with real Kafka and Cassandra and with the settings that everybody gets, and
is gone afterwards.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.bench import Bench, LoadFailedError
from benchmarks.points import besieged, growth, ingest, latency, pipeline, processing, query, resources
from benchmarks.results import Results, about
from benchmarks.scale import FULL, QUICK, Scale
from benchmarks.table import table
from harness.running import System, supervised
from infra.paths import var_dir

# What shares a system, one after the other; what leaves much behind has one of its own.
GROUPS: tuple[dict[str, Callable[[Bench], None]], ...] = (
    {"ingest": ingest.measure},
    {
        "processing": processing.measure,
        "pipeline": pipeline.measure,
        "latency": latency.measure,
        "resources": resources.measure,
        "query": query.measure,
    },
    {"besieged": besieged.measure},
    {"growth": growth.measure},
)
NAMES = tuple(name for group in GROUPS for name in group)
ONLY_FULL = frozenset({"growth"})
LATEST = "latest.json"


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="How fast this build is, here.")
    parser.add_argument("points", nargs="*", choices=[[], *NAMES], metavar="POINT", help=", ".join(NAMES))
    parser.add_argument("--full", action="store_true", help="all sizes, longer; under an hour")
    given = parser.parse_args()
    scale = FULL if given.full else QUICK
    chosen = given.points or [name for name in NAMES if given.full or name not in ONLY_FULL]
    began = time.monotonic()
    results = Results(about(scale.name))
    try:
        for group in GROUPS:
            measure(scale, results, [group[name] for name in group if name in chosen])
    except LoadFailedError as failure:
        sys.exit(str(failure))
    finally:
        results.about["minutes"] = round((time.monotonic() - began) / 60, 1)
        kept = var_dir() / "bench" / LATEST
        results.write(kept)
    print(f"\n{table(results)}\n\nAll figures: {kept}; {results.about['minutes']} minutes.")


def measure(scale: Scale, results: Results, points: Sequence[Callable[[Bench], None]]) -> None:
    """Measure these points on one system."""
    if not points:
        return
    print("Starting Kafka, Cassandra and the services …", flush=True)
    with tempfile.TemporaryDirectory(prefix="ecg-bench-") as folder:
        var = Path(folder) / "var"
        with supervised(var) as process:
            bench = Bench(scale, results, System(var, process))
            for point in points:
                point(bench)
            bench.system.http.close()


if __name__ == "__main__":
    main()
