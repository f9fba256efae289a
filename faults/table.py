"""The table that the suite prints, a line a row as it comes, and what broke in words."""

import json
from collections.abc import Sequence

from faults.scene import Result

COLUMNS = (
    ("", 2),
    ("fault", 52),
    ("accepted", 8),
    ("stored", 7),
    ("dead", 5),
    ("lost", 5),
    ("twice", 5),
    ("recovery s", 10),
)
SHOWN = 10


def heading() -> str:
    """The names of the columns."""
    return _line([name for name, _ in COLUMNS])


def line(result: Result) -> str:
    """One row, and below it what else was measured, and what did not hold."""
    if result.not_run is not None:
        return _line([str(result.row), result.fault]) + f"  not run: {result.not_run}"
    verdict = result.verdict
    cells = [
        str(result.row),
        result.fault,
        f"{verdict.accepted:,}",
        f"{verdict.stored:,}",
        str(verdict.dead + result.poison),
        str(len(verdict.lost)),
        str(len(verdict.twice)),
        f"{max(result.recoveries):.1f}" if result.recoveries else "",
    ]
    found = [*result.broken, *verdict.wrong, *verdict.lost, *verdict.twice]
    shown = [f"      {text}" for text in result.told]
    shown += [f"     ! {text}" for text in found[:SHOWN]]
    if len(found) > SHOWN:
        shown.append(f"     ! and {len(found) - SHOWN} more")
    return "\n".join([_line(cells), *shown])


def to_json(results: Sequence[Result]) -> str:
    """The results as JSON, for the documents."""
    rows = [
        {
            "row": one.row,
            "fault": one.fault,
            "accepted": one.verdict.accepted,
            "stored": one.verdict.stored,
            "dead": one.verdict.dead + one.poison,
            "lost": len(one.verdict.lost),
            "twice": len(one.verdict.twice),
            "recovery_seconds": [round(seconds, 1) for seconds in one.recoveries],
            "broken": [*one.broken, *one.verdict.wrong[:SHOWN]],
            "told": list(one.told),
            "not_run": one.not_run,
        }
        for one in results
    ]
    return json.dumps(rows, indent=2) + "\n"


def _line(cells: list[str]) -> str:
    padded = [
        cell.ljust(width) if name in ("", "fault") else cell.rjust(width)
        for (name, width), cell in zip(COLUMNS, cells, strict=False)
    ]
    return "  ".join(padded)
