"""``python -m fuzz.guided TARGET OPTION …``: try one target, led by the lines that each input reaches.

The options are libFuzzer's, such as ``-runs=1000`` and ``-max_total_time=60``. Where a target raises what it does not
name, or takes longer than 10 s or more than 2 GiB, it ends with another code than 0 and leaves the input in the working
folder.
"""

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["schemas", "formats", "ingest_api", "query_api", "service_kit"]):
    from fuzz.targets import TARGETS

_OPTIONS = ("-max_len=65536", "-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1", "-verbosity=0")


def main() -> None:
    """The command."""
    program, name, *options = sys.argv
    target = TARGETS[name]
    with tempfile.TemporaryDirectory(prefix="ecg-fuzz-") as corpus:
        for number, seed in enumerate(target.seeds):
            (Path(corpus) / f"seed-{number}").write_bytes(seed)
        atheris.Setup([program, *_OPTIONS, *options, corpus], target.try_one)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
