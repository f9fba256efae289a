"""Write the tables into the pages, or with ``--check`` only say which page is out of date."""

import argparse
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from docs.tables.doors import doors
from docs.tables.limits import limits
from docs.tables.markdown import table
from harness.bad_input import GROUPS
from schemas.problems import PROBLEMS

FOLDER = Path(__file__).parents[1]
_RETRIED_BELOW_500 = frozenset({408, 429})


def rendered() -> dict[str, dict[str, str]]:
    """The Markdown of every table, by its page and the name it has there."""
    return {
        "api.md": {"limits": limits(), "problems": _problems(), "bad input": _bad_input()},
        "security.md": {"doors": doors()},
    }


def replaced(page: str, tables: Mapping[str, str]) -> str:
    """`page` with every table as it is now. Raises ValueError when it has no place for one."""
    for name, content in tables.items():
        place = re.compile(rf"(<!-- table: {name} -->\n).*?(<!-- end of table -->)", re.DOTALL)
        page, times = place.subn(lambda found, inner=content: f"{found[1]}{inner}{found[2]}", page)  # type: ignore[misc]
        if times != 1:
            raise ValueError(f"the page has {times} places for the table {name!r}")
    return page


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
    stale = []
    for name, tables in rendered().items():
        page = (FOLDER / name).read_text(encoding="utf-8")
        wanted = replaced(page, tables)
        if not check:
            (FOLDER / name).write_text(wanted, encoding="utf-8")
        elif page != wanted:
            stale.append(f"docs/{name}")
    if stale:
        print(f"{' and '.join(stale)} out of date; run python -m docs.tables", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
