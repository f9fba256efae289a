"""``python -m docs.reliability RESULTS …``: write what the fault suite found into docs/reliability.md.

The results are files that ``python -m faults --json FILE`` wrote; of a row that is in several the last counts.
"""

import argparse
import json
import re
from pathlib import Path
from typing import Any

from docs.tables.markdown import table

PAGE = Path(__file__).parent / "reliability.md"
_COLUMNS = ("", "fault", "accepted", "stored", "dead", "lost", "twice", "recovery, s", "held")
_PLACE = re.compile(r"(<!-- table: faults -->\n).*?(<!-- end of table -->)", re.DOTALL)


def rendered(results: list[dict[str, Any]]) -> str:
    """The table in Markdown, of a row that did not hold why, and below it what else was measured."""
    rows = []
    for one in results:
        if one["not_run"]:
            rows.append([str(one["row"]), one["fault"], f"not run: {one['not_run']}", "", "", "", "", ""])
            continue
        counts = [f"{one[name]:,}" for name in ("accepted", "stored", "dead", "lost", "twice")]
        recoveries = ", ".join(f"{seconds:.1f}" for seconds in one["recovery_seconds"])
        rows.append([str(one["row"]), one["fault"], *counts, recoveries, "; ".join(one["broken"]) or "yes"])
    told = [f"- Row {one['row']}: {text}." for one in results for text in one["told"]]
    below = "\n" + "\n".join(told) + "\n" if told else ""
    return table(_COLUMNS, rows) + below


def replaced(page: str, results: list[dict[str, Any]]) -> str:
    """`page` with these results. Raises ValueError when it has no place for them."""
    content = rendered(results)
    written, times = _PLACE.subn(lambda found: f"{found[1]}{content}{found[2]}", page)
    if times != 1:
        raise ValueError(f"the page has {times} places for the table")
    return written


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m docs.reliability", description=__doc__)
    parser.add_argument("results", nargs="+", type=Path)
    by_row: dict[int, dict[str, Any]] = {}
    for path in parser.parse_args().results:
        by_row |= {one["row"]: one for one in json.loads(path.read_text(encoding="utf-8"))}
    results = [by_row[number] for number in sorted(by_row)]
    PAGE.write_text(replaced(PAGE.read_text(encoding="utf-8"), results), encoding="utf-8")


if __name__ == "__main__":
    main()
