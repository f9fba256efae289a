"""``python -m faults [ROW …]``: the fault suite, or some of its rows; exit code 1 when a row does not hold."""

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

from faults import table
from faults.scene import Result, perform
from faults.suite import ROWS
from tests.system.running import System, supervised


def main() -> None:
    """Run the rows and print their table, live and at the end."""
    parser = argparse.ArgumentParser(prog="python -m faults", description=__doc__)
    parser.add_argument("rows", nargs="*", type=int, help="numbers of rows; all without")
    wanted = parser.parse_args().rows
    chosen = [row for row in ROWS if not wanted or row.number in wanted]
    began = time.monotonic()
    print("Starting Kafka, Cassandra and the services …", flush=True)
    results: list[Result] = []
    with tempfile.TemporaryDirectory() as folder, supervised(Path(folder) / "var") as process:
        system = System(Path(folder) / "var", process)
        print(table.heading(), flush=True)
        for row in chosen:
            results.append(asyncio.run(perform(row.number, row.fault, row.play, system)))
            print(table.line(results[-1]), flush=True)
        system.http.close()
    print(f"\n{time.monotonic() - began:.0f} s")
    sys.exit(0 if all(result.passed for result in results) else 1)


if __name__ == "__main__":
    main()
