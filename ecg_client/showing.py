"""What the `ecg` command prints: tables for people, JSON for programs. Text from elsewhere cannot steer a terminal."""

import sys
from collections.abc import Sequence
from datetime import datetime

import click
import msgspec
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ecg_client.results import Conflict, DateSource, EcgSummary, Insight, User

# A pipe has no width; nothing is cut for want of one.
_PIPE_COLUMNS = 240
JSON_OPTION = click.option("--json", "as_json", is_flag=True, help="JSON for programs instead of a table.")


def console() -> Console:
    """Standard output as it is now."""
    width = None if sys.stdout.isatty() else _PIPE_COLUMNS
    return Console(file=sys.stdout, highlight=False, width=width)


def say(text: str) -> None:
    """One line."""
    console().print(plain(text), soft_wrap=True)


def say_json(value: object) -> None:
    """One JSON document on a line of its own."""
    print(msgspec.json.encode(value).decode())


def plain(text: object) -> Text:
    """The text itself, whatever it holds: no markup, no control characters."""
    return Text("".join(letter if letter.isprintable() else "?" for letter in str(text)))


def insight_table(insight: Insight) -> Table:
    """One insight, a row for each lead."""
    table = _table(
        ("lead", False), ("samples", True), ("baseline", True), ("value", True), ("warnings", False)
    )
    table.title = f"{plain(insight.name)} version {insight.version}"
    for lead in insight.leads:
        warnings = ", ".join(lead.warnings)
        missing = f" ({lead.missing:,} missing)" if lead.missing else ""
        _row(table, lead.name, f"{lead.number_of_samples:,}{missing}", lead.baseline, lead.value, warnings)
    return table


def conflict_table(conflicts: Sequence[Conflict]) -> Table:
    """Other contents that were sent under one id."""
    table = _table(("content", False), ("accepted", False))
    table.title = "not the answer: other contents under the same id"
    for conflict in conflicts:
        _row(table, conflict.content_hash, instant(conflict.accepted_at))
    return table


def ecg_table(ecgs: Sequence[EcgSummary]) -> Table:
    """A list of ECGs."""
    table = _table(
        ("id", False),
        ("date", False),
        ("status", False),
        ("leads", True),
        ("samples", True),
        ("conflicts", True),
    )
    for ecg in ecgs:
        samples = "" if ecg.number_of_samples is None else f"{ecg.number_of_samples:,}"
        leads = "" if ecg.leads is None else ecg.leads
        _row(
            table,
            ecg.id,
            recorded(ecg.date, ecg.date_source),
            ecg.status,
            leads,
            samples,
            len(ecg.conflicts) or "",
        )
    return table


def user_table(users: Sequence[User]) -> Table:
    """A list of users."""
    table = _table(("email", False), ("role", False), ("since", False), ("active", False), ("id", False))
    for user in users:
        _row(table, user.email, user.role, instant(user.created_at), "yes" if user.active else "no", user.id)
    return table


def recorded(date: datetime | None, source: DateSource | None) -> str:
    """When an ECG was recorded, with a mark where that cannot be right."""
    return f"{instant(date)} (doubtful)" if source == "doubtful" else instant(date)


def instant(moment: datetime | None) -> str:
    """A moment to the second, in UTC."""
    return "" if moment is None else moment.strftime("%Y-%m-%d %H:%M:%SZ")


def _table(*columns: tuple[str, bool]) -> Table:
    table = Table(
        box=box.SIMPLE_HEAD, title_justify="left", title_style="bold", pad_edge=False, show_edge=False
    )
    for name, is_number in columns:
        table.add_column(name, justify="right" if is_number else "left", overflow="fold")
    return table


def _row(table: Table, *cells: object) -> None:
    table.add_row(*(plain(cell) for cell in cells))
