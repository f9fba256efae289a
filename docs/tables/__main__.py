"""Write the tables into the page, or with ``--check`` only say which are out of date."""

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from docs.tables.limits import limits
from harness.bad_input import GROUPS
from schemas.problems import PROBLEMS

PAGE = Path(__file__).parents[1] / "api.md"
_RETRIED_BELOW_500 = frozenset({408, 429})


def rendered() -> dict[str, str]:
    """The Markdown of every table, by the name it has in the page."""
    return {"limits": limits(), "problems": _problems(), "bad input": _bad_input()}


def replaced(page: str) -> str:
    """`page` with every table as it is now. Raises ValueError when it has no place for one."""
    for name, content in rendered().items():
        place = re.compile(rf"(<!-- table: {name} -->\n).*?(<!-- end of table -->)", re.DOTALL)
        page, times = place.subn(lambda found, inner=content: f"{found[1]}{inner}{found[2]}", page)  # type: ignore[misc]
        if times != 1:
            raise ValueError(f"the page has {times} places for the table {name!r}")
    return page


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def _problems() -> str:
    rows = []
    for problem in PROBLEMS:
        again = problem.status >= 500 or problem.status in _RETRIED_BELOW_500
        rows.append(
            [str(problem.status), f"`{problem.type_uri()}`", problem.title, "yes" if again else "never"]
        )
    return table(("status", "type", "title", "send the same again"), rows)


def _bad_input() -> str:
    parts = []
    for title, cases in GROUPS.items():
        rows = [
            [case.name, str(case.status), f"`{case.problem}`" if case.problem else "", case.place]
            for case in cases
        ]
        parts.append(f"\n### {title}\n\n{table(('what is sent', 'status', 'type', 'place'), rows)}")
    return "".join(parts) + "\n"


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m docs.tables", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail where one is out of date")
    check = parser.parse_args().check
    page = PAGE.read_text(encoding="utf-8")
    wanted = replaced(page)
    if not check:
        PAGE.write_text(wanted, encoding="utf-8")
    elif page != wanted:
        print("docs/api.md is out of date; run python -m docs.tables", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
