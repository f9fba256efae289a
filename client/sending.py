"""One file on its way: read, sent under a progress bar, and what is said of it then."""

import sys
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

from client import formats, showing
from client.answers import Accepted, Insights, UploadStatus
from client.clients import EcgClient
from client.errors import RecordingError
from client.failures import CONFLICT, LATER, REFUSED, gravest

STANDARD_INPUT = "-"

# Of an upload whose ECG has an answer, or will have one that is known already.
_NOT_THE_ANSWER = {
    "conflict": (
        CONFLICT,
        "kept, but another content was accepted under that id before it and is the answer",
    ),
    "rejected": (REFUSED, "rejected, and another content of that id is the answer"),
    "unknown": (LATER, "nothing tells what became of it; send it again"),
}


def send(client: EcgClient, file: Path, ecg_id: str | None, title: str) -> Accepted:
    """Send a file; on a terminal a bar shows how much of it is out. Raises EcgError."""
    try:
        content = sys.stdin.buffer.read() if str(file) == STANDARD_INPUT else file.read_bytes()
    except OSError as error:
        raise RecordingError(f"cannot be read: {error.strerror}") from None
    recording = formats.read(content, ecg_id)
    bar = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
        # Standard error is where the bar is: what is said there stays above it.
        redirect_stdout=False,
    )
    with bar:
        task = bar.add_task(str(showing.plain(title)), total=None)
        return client.upload(
            recording,
            sent=lambda count, total: bar.update(task, completed=count, total=total),
        )


def follow(
    client: EcgClient, file: Path, accepted: Accepted, wait_seconds: float | None, *, as_json: bool
) -> int:
    """Say as which ECG a file is kept, and with a wait what became of it; the exit code. Raises EcgError."""
    if as_json:
        showing.say_json({"file": str(file), **asdict(accepted)})
    else:
        showing.say(f"{file}  accepted as {accepted.id}")
    code, became = 0, UploadStatus(accepted.content_hash, "conflict" if accepted.conflict else "accepted")
    if wait_seconds is not None:
        found = client.insights(accepted.id, wait_seconds=wait_seconds, receipt=accepted.receipt)
        code = tell_insights(client, found, as_json=as_json)
        if found.status == "computed" and found.upload is not None:
            became = found.upload
    if became.status in _NOT_THE_ANSWER:
        own_code, said = _NOT_THE_ANSWER[became.status]
        why = f": {became.reason}" if became.reason else ""
        click.echo(f"{showing.plain(file)}: {said}{showing.plain(why)}.", err=True)
        code = gravest((code, own_code))
    return code


def tell_insights(client: EcgClient, found: Insights, *, as_json: bool) -> int:
    """Show an ECG's insights, or why there are none; the exit code."""
    if as_json:
        showing.say_json(found)
    elif found.status == "accepted":
        click.echo(f"{found.id} is accepted; its insights are not there yet.", err=True)
    elif found.status == "rejected":
        click.echo(f"{found.id} was rejected: {showing.plain(client.status(found.id).reason)}", err=True)
    else:
        showing.say(f"{found.id}  {showing.recorded(found.date, found.date_source)}")
        for insight in found.insights:
            showing.console().print(showing.insight_table(insight))
        if found.conflicts:
            showing.console().print(showing.conflict_table(found.conflicts))
    return {"computed": 0, "accepted": LATER, "rejected": REFUSED}[found.status]
