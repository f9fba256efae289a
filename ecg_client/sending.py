"""One file on its way: read, sent under a progress bar, and what is said of it then."""

import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

from ecg_client import formats, showing
from ecg_client.clients import EcgClient
from ecg_client.errors import RecordingError
from ecg_client.failures import CONFLICT, LATER, REFUSED, gravest
from ecg_client.results import Accepted, Insights, UploadStatus

STANDARD_INPUT = "-"

Tell = Callable[[EcgClient, Accepted, float, bool], tuple[int, UploadStatus | None]]

# Rejections that say nothing against the recording.
_SENT_AGAIN = frozenset({"expired", "lost"})


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
    client: EcgClient,
    file: Path,
    accepted: Accepted,
    wait_seconds: float | None,
    tell: Tell,
    *,
    as_json: bool,
) -> int:
    """Say as which ECG a file is kept, and with a wait what became of it; the exit code. Raises EcgError."""
    if as_json:
        showing.say_json({"file": str(file), **asdict(accepted)})
    else:
        showing.say(f"{file}  accepted as {accepted.id}")
    code, is_conflict = 0, accepted.conflict is not None
    if wait_seconds is not None:
        code, became = tell(client, accepted, wait_seconds, as_json)
        is_conflict = became.status == "conflict" if became is not None else is_conflict
    if is_conflict:
        said = "kept, but another content was accepted under that id before it and is the answer"
        click.echo(f"{showing.plain(file)}: {said}.", err=True)
        code = gravest((code, CONFLICT))
    return code


def tell_insights(
    client: EcgClient, accepted: Accepted, wait_seconds: float, as_json: bool
) -> tuple[int, UploadStatus | None]:
    """Show the insights of what was sent, once they are there; the exit code, and what became of the upload."""
    found = client.insights(accepted.id, wait_seconds=wait_seconds, receipt=accepted.receipt)
    return show_insights(client, found, as_json=as_json), found.upload


def tell_status(
    client: EcgClient, accepted: Accepted, wait_seconds: float, as_json: bool
) -> tuple[int, UploadStatus | None]:
    """The same for a device, which is told no values."""
    found = client.status(accepted.id, wait_seconds=wait_seconds, receipt=accepted.receipt)
    if as_json:
        showing.say_json(found)
    became = found.upload.status if found.upload is not None else found.status
    if became == "accepted":
        click.echo(f"{found.id} is accepted, and still to be computed.", err=True)
        return LATER, found.upload
    if became == "rejected":
        reason = found.upload.reason if found.upload is not None else found.reason
        again = reason in _SENT_AGAIN
        said = f"{reason}{'; send it again' if again else ''}."
        click.echo(f"{found.id} was rejected: {showing.plain(said)}", err=True)
        return (LATER if again else REFUSED), found.upload
    if not as_json:
        showing.say(f"{found.id}  computed")
    return 0, found.upload


def show_insights(client: EcgClient, found: Insights, *, as_json: bool) -> int:
    """Show an ECG's insights, and why there are none of it or of its upload; the exit code."""
    rejected, code = found.status == "rejected", 0
    if as_json:
        showing.say_json(found)
    elif found.status == "computed":
        showing.say(f"{found.id}  {showing.recorded(found.date, found.date_source)}")
        for insight in found.insights:
            showing.console().print(showing.insight_table(insight))
        if found.conflicts:
            showing.console().print(showing.conflict_table(found.conflicts))
    if found.status == "accepted":
        click.echo(f"{found.id} is accepted; its insights are not there yet.", err=True)
        code = LATER
    elif found.upload is not None and found.upload.status == "rejected":
        others = "" if rejected else ", and another content is the answer"
        again = found.upload.reason in _SENT_AGAIN
        said = f"{found.upload.reason}{others}{'; send it again' if again else ''}."
        click.echo(f"{found.id} was rejected: {showing.plain(said)}", err=True)
        code = LATER if again else REFUSED
    elif rejected:
        click.echo(f"{found.id} was rejected: {showing.plain(client.status(found.id).reason)}.", err=True)
        code = REFUSED
    return code
