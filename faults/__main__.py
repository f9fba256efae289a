"""``python -m faults [ROW …]``: the fault suite, or some of its rows; exit code 1 when a row does not hold."""

import argparse
import asyncio
import itertools
import logging
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from faults import table
from faults.grounds import Stand
from faults.oracle import Verdict
from faults.scene import Result, perform
from faults.suite import OF_ONE_MACHINE, ROWS, Row


def main() -> None:
    """Run the rows and print their table, live and at the end."""
    parser = argparse.ArgumentParser(prog="python -m faults", description="The fault suite.")
    parser.add_argument("rows", nargs="*", type=int, help="numbers of rows; without, all of one machine")
    parser.add_argument("--json", type=Path, help="write the results to this file as well")
    given = parser.parse_args()
    # It warns at each connection that the operator sends their password in the clear, which is on loopback here.
    logging.getLogger("aiokafka").setLevel(logging.ERROR)
    chosen = [row for row in ROWS if row.number in (given.rows or OF_ONE_MACHINE)]
    began = time.monotonic()
    results = asyncio.run(_play(chosen))
    print(f"\n{table.heading()}")
    for result in results:
        print(table.line(result))
    seconds = time.monotonic() - began
    missing = sum(1 for result in results if result.not_run)
    broken = sum(1 for result in results if not result.passed and not result.not_run)
    print(f"\n{len(results)} rows in {seconds:.0f} s: {broken} broken, {missing} not run")
    if given.json:
        given.json.write_text(table.to_json(results))
    sys.exit(1 if broken else 0)


async def _play(rows: Sequence[Row]) -> list[Result]:
    results = []
    print(table.heading(), flush=True)
    async for result in _each(rows):
        results.append(result)
        print(table.line(result), flush=True)
    return results


async def _each(rows: Sequence[Row]) -> AsyncIterator[Result]:
    """The rows that stand on the same follow one another on one system."""
    in_order = sorted(rows, key=lambda row: [one.stand for one in ROWS].index(row.stand))
    for stand, group in itertools.groupby(in_order, key=lambda row: row.stand):
        possible = []
        for row in group:
            why_not = row.why_not()
            if why_not is None:
                possible.append(row)
            else:
                yield Result(row.number, row.fault, Verdict(), not_run=why_not)
        if possible:
            async for result in _on(stand, possible):
                yield result


async def _on(stand: Stand, rows: Sequence[Row]) -> AsyncIterator[Result]:
    with tempfile.TemporaryDirectory(prefix="ecg-faults-", ignore_cleanup_errors=True) as folder:
        async with stand(Path(folder) / "var") as ground:
            for row in rows:
                yield await perform(row.number, row.fault, row.play, ground.system, links=ground.links)


if __name__ == "__main__":
    main()
