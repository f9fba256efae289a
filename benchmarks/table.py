"""The tables of a result, as Markdown that reads well as it is."""

from collections.abc import Sequence

from benchmarks.results import Results
from benchmarks.targets import TARGETS, Target

HEAD = ("path", "target", "floor", "measured", "ratio", "")
# What a figure's name says beside those that are compared with something.
OURS = "/ours/"
SUBJECTS = {"reference": "usual design", "ours": "this", "floor": "floor"}
# What the README shows: a path, and the figure's name with a place for each subject's.
SUMMARY = {
    "ECGs a second, from POST to stored": "pipeline/{}/rate",
    "uploads accepted a second, 8 connections": "ingest/json/5000/8/{}/rate",
    "a backlog's ECGs processed a second, one worker": "processing/{}/rate",
    "insights read a second, 8 connections": "query/one/1000/8/{}/rate",
}


def summary(results: Results) -> str:
    """Ours beside the floor and the usual design, for whoever reads no further."""
    rows = [
        (path, *(_median(results, figure.format(subject)) for subject in SUBJECTS))
        for path, figure in SUMMARY.items()
    ]
    return markdown(("", *SUBJECTS.values()), rows)


def _median(results: Results, figure: str) -> str:
    found = results.median(figure)
    return "" if found is None else f"{found:,.0f}"


def table(results: Results) -> str:
    """Target, floor, measured and ratio of all that was measured and has a row."""
    rows = [row(results, target) for target in TARGETS if target.figure in results.figures]
    return markdown(HEAD, rows) if rows else "Nothing of the table was measured."


def row(results: Results, target: Target) -> tuple[str, ...]:
    """One row. The last cell says of a target that was not reached, or that could not be judged."""
    figure = results.figures[target.figure]
    ratio = ratio_of(results, target)
    aim = [] if target.limit is None else [f"{sign(at_least=target.at_least)} {number(target.limit)}"]
    if target.ratio is not None:
        aim.append(f"{sign(at_least=target.worth)} {number(target.ratio)} x")
    compared = results.median(target.to) if target.to else None
    return (
        target.path,
        ", ".join(aim),
        "" if compared is None else number(compared),
        f"{number(figure.median)} {figure.unit}",
        "" if ratio is None else f"{ratio:.2f}",
        verdict(results, target),
    )


def ratio_of(results: Results, target: Target) -> float | None:
    """How many times the compared cost ours is; of a `worth`, how many times as much. None: nothing to compare."""
    if target.to is None:
        return None
    if target.at_least and not target.worth:
        return results.ratio(target.to, target.figure)
    return results.ratio(target.figure, target.to)


def verdict(results: Results, target: Target) -> str:
    """Nothing where what was measured is what was aimed at, the ratio included where there is one."""
    ratio = ratio_of(results, target)
    if not within(results.figures[target.figure].median, target.limit, at_least=target.at_least):
        return "missed"
    if target.ratio is None:
        return ""
    if ratio is None:
        return "not compared"
    return "" if within(ratio, target.ratio, at_least=target.worth) else "missed"


def within(measured: float, limit: float | None, *, at_least: bool) -> bool:
    """Whether a limit holds; where there is none it does."""
    return limit is None or (measured >= limit if at_least else measured <= limit)


def every_figure(results: Results) -> str:
    """All figures, with the least and the greatest of their rounds."""
    rows = [
        (name, number(one.median), f"{number(min(one.rounds))} to {number(max(one.rounds))}", one.unit)
        for name, one in sorted(results.figures.items())
    ]
    return markdown(("figure", "median", "rounds", "unit"), rows)


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table with its columns aligned."""
    widths = [max(len(line[column]) for line in (head, *rows)) for column in range(len(head))]

    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"

    return "\n".join(
        [line(head), "|" + "|".join("-" * (width + 2) for width in widths) + "|", *map(line, rows)]
    )


def number(value: float) -> str:
    """With three digits that mean something."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def sign(*, at_least: bool) -> str:
    """Of a limit."""
    return ">=" if at_least else "<="
