"""What the replay command prints: a table for people, JSON lines for programs; never what an event holds."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from schemas.times import format_rfc3339
from stream_processor.replay.letters import Letter
from stream_processor.replay.topic import Advance

# More than a person reads through; `--json` shows all.
_SHOWN_LETTERS = 100
# A pipe has no width; nothing is cut for want of one.
_PIPE_COLUMNS = 240
_COLUMNS = ("state", "deaths", "died", "reason", "owner", "ecg", "from", "bytes")
_NUMBERS = frozenset({"deaths", "bytes"})


def console(*, stderr: bool) -> Console:
    """Standard output or standard error as it is now."""
    out = sys.stderr if stderr else sys.stdout
    return Console(file=out, highlight=False, width=None if out.isatty() else _PIPE_COLUMNS)


def as_json(letter: Letter) -> str:
    """One line of JSON. `time` is RFC 3339; `owner_id` and `ecg_id` are null where nobody is named."""
    told = {
        "state": letter.state,
        "deaths": letter.deaths,
        "time": _instant(letter.time),
        "reason": letter.reason,
        "owner_id": str(letter.origin.owner_id) if letter.origin else None,
        "ecg_id": letter.origin.ecg_id if letter.origin else None,
        "topic": letter.topic,
        "partition": letter.partition,
        "offset": letter.offset,
        "bytes": letter.size,
    }
    return json.dumps(told)


def show(letters: Sequence[Letter], console: Console) -> None:
    """The letters as a table, of very many the last."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name in _COLUMNS:
        table.add_column(name, justify="right" if name in _NUMBERS else "left", overflow="fold")
    for letter in letters[-_SHOWN_LETTERS:]:
        origin = letter.origin
        cells = (
            letter.state,
            letter.deaths,
            _instant(letter.time - letter.time % 1_000_000),
            letter.reason,
            origin.owner_id if origin else "",
            origin.ecg_id if origin else "",
            f"{letter.topic}/{letter.partition}/{letter.offset}",
            f"{letter.size:,}",
        )
        table.add_row(*map(_plain, cells))
    console.print(table)
    if len(letters) > _SHOWN_LETTERS:
        console.print(f"and {len(letters) - _SHOWN_LETTERS} that died before them; --json shows all")


@contextmanager
def progress(total: int, console: Console) -> Iterator[Advance]:
    """A bar that counts what has been put back; nothing where there is no terminal."""
    columns = TextColumn("putting back"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=total)
        yield lambda count: bar.advance(task, count)


def _instant(micros: int) -> str:
    try:
        return format_rfc3339(micros)
    except OverflowError:
        return ""


def _plain(text: object) -> Text:
    """The text itself, whatever it holds: no markup, no control characters."""
    return Text("".join(letter if letter.isprintable() else "?" for letter in str(text)))
