"""A result as one small picture: ours, the floor and the reference beside each other."""

from dataclasses import dataclass
from xml.sax.saxutils import escape

from benchmarks.results import Results

WIDTH, LABEL_WIDTH, BAR_WIDTH = 720, 150, 430
BAR_HEIGHT, GAP, GROUP_GAP, TITLE_HEIGHT, MARGIN = 18, 4, 14, 22, 12
# Grey and two blues that can be told apart on white and on black.
COLOURS = {"reference": "#8c959f", "ours": "#0969da", "floor": "#54aeff"}
NAMES = {"reference": "usual design", "ours": "this", "floor": "floor"}


@dataclass(frozen=True, slots=True)
class Group:
    """Bars that are compared. `figures`: by subject; those that were not measured are left out."""

    title: str
    unit: str
    figures: dict[str, str]


GROUPS = (
    Group(
        "POST to stored, sustained",
        "ECG/s",
        {"reference": "pipeline/reference/rate", "ours": "pipeline/ours/rate"},
    ),
    Group(
        "Uploads accepted, 8 connections",
        "ECG/s",
        {name: f"ingest/json/5000/8/{name}/rate" for name in ("reference", "ours", "floor")},
    ),
    Group(
        "Backlog processed, one worker",
        "ECG/s",
        {name: f"processing/{name}/rate" for name in ("ours", "floor")},
    ),
    Group(
        "Insights read, 8 connections",
        "GET/s",
        {name: f"query/one/1000/8/{name}/rate" for name in ("ours", "floor")},
    ),
)


def chart(results: Results) -> str:
    """The picture as SVG. Longer is better, each group has a scale of its own."""
    parts: list[str] = []
    top = MARGIN
    for group in GROUPS:
        found = {
            name: value
            for name, figure in group.figures.items()
            if (value := results.median(figure)) is not None
        }
        if not found:
            continue
        parts.append(_text(MARGIN, top + 14, group.title, weight="600"))
        top += TITLE_HEIGHT
        greatest = max(found.values())
        for name, value in found.items():
            width = max(1.0, BAR_WIDTH * value / greatest)
            baseline = top + BAR_HEIGHT - 5
            parts += [
                _text(LABEL_WIDTH - 8, baseline, NAMES[name], anchor="end"),
                (
                    f'<rect x="{LABEL_WIDTH}" y="{top}" width="{width:.1f}" height="{BAR_HEIGHT}" rx="2" '
                    f'fill="{COLOURS[name]}"/>'
                ),
                _text(LABEL_WIDTH + width + 8, baseline, f"{value:,.0f} {group.unit}"),
            ]
            top += BAR_HEIGHT + GAP
        top += GROUP_GAP
    height = top + MARGIN - GROUP_GAP
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
        f'height="{height}" font-family="system-ui, sans-serif" font-size="13" fill="#6e7781">\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _text(x: float, y: float, text: str, *, anchor: str = "start", weight: str = "400") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-weight="{weight}">{escape(text)}</text>'
    )
