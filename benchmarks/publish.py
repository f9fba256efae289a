"""`python -m benchmarks.publish RESULT.json`: put a result on docs/performance.md, and its summary into the README."""

import sys
from pathlib import Path

from benchmarks.results import Results
from benchmarks.table import every_figure, summary, table
from infra.paths import REPOSITORY

DOCS = REPOSITORY / "docs"
PAGE, KEPT, README = DOCS / "performance.md", DOCS / "performance.json", REPOSITORY / "README.md"
BEGIN, END = "<!-- benchmark: written by benchmarks.publish -->", "<!-- end of benchmark -->"


def main(given: Path) -> None:
    """Write the page, the README's table and the result they are made of."""
    results = Results.read(given)
    PAGE.write_text(placed(PAGE.read_text(), shown(results)))
    README.write_text(placed(README.read_text(), summary(results)))
    results.write(KEPT)


def placed(page: str, text: str) -> str:
    """The page with `text` between its marks. Raises ValueError where it has none."""
    before, _, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise ValueError("the page has no place for a result")
    return f"{before}{BEGIN}\n{text}\n{END}{after}"


def shown(results: Results) -> str:
    """A result as the page shows it."""
    about, machine = results.about, results.about["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
    return "\n".join(
        [
            (
                f"{about['date'][:10]}, commit {about['commit']}, `{about['scale']}`: {machine['cpu']}, "
                f"{machine['cores']} cores, {machine['memory_gb']} GB, {machine['system']}."
            ),
            f"{versions}.",
            "",
            table(results),
            "",
            "<details><summary>Every figure</summary>",
            "",
            every_figure(results),
            "",
            "</details>",
        ]
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
