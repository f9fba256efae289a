"""Why a program did not start, in a sentence where the log gives it away, with the log's last lines."""

import re
from pathlib import Path

from infra.program import Program

TAIL_LINES = 12
TAIL_BYTES = 64 * 1024
LINE_CHARACTERS = 300
# A Java stack trace pushes what it is about out of sight.
FRAME = re.compile(r"\s+(at |\.\.\. \d+ more)")
KNOWN = (
    ("No space left on device", "the disk is full"),
    ("Address already in use", "its port is busy"),
    ("Could not reserve enough space", "this machine has too little free memory"),
    ("OutOfMemoryError", "it ran out of memory"),
    ("UnsupportedClassVersionError", "this Java is too old"),
    ("Permission denied", "it may not write where it has to"),
)


def tail(log: Path, since: int = 0) -> list[str]:
    """The lines of a log's end, of what was written after byte `since`; without stack frames."""
    try:
        with log.open("rb") as opened:
            size = opened.seek(0, 2)
            opened.seek(max(since, size - TAIL_BYTES))
            text = opened.read().decode(errors="replace")
    except OSError:
        return []
    return [line[:LINE_CHARACTERS] for line in text.splitlines() if line.strip() and not FRAME.match(line)]


def explain(program: Program, what: str, since: int = 0) -> str:
    """`what` happened to the program, the likely reason, and the last lines of its log since byte `since`."""
    lines = tail(program.log, since)
    reasons = [reason for mark, reason in KNOWN if any(mark in line for line in lines)]
    because = f": {reasons[0]}" if reasons else ""
    shown = "".join(f"\n  | {line}" for line in lines[-TAIL_LINES:]) or "\n  | (nothing)"
    return f"{program.title} {what}{because}. The last lines of {program.log}:{shown}"
