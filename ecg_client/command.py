"""The `ecg` command: sign in and out, be a device, send files, read insights, register users.

Exit codes: 0 done; 1 refused, or a file that cannot be read; 2 wrong use; 3 kept, but another content that was sent
under the same id is the answer; 75 try again later: the system is away, or the insights are not there yet; 77 sign in
first, or another account is needed. Of several files the gravest: 75, 1, 3.
"""

import itertools
import os
import sys
from pathlib import Path

import click
from click.shell_completion import get_completion_class

from ecg_client import going_on, showing, token_file
from ecg_client.clients import INGEST_URL, PAGE_SIZE, QUERY_URL
from ecg_client.errors import EcgError, UnauthenticatedError
from ecg_client.failures import SIGN_IN, Commands, Failure, failure, gravest
from ecg_client.retries import TOTAL_SECONDS
from ecg_client.sending import follow, send, show_insights, tell_insights, tell_status
from ecg_client.session import TOKEN, Session
from ecg_client.token_file import Kept, Kind
from ecg_client.user_commands import redeem, users

_HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(
    cls=Commands,
    context_settings=_HELP,
    epilog="Exit codes: 1 refused, 2 wrong use, 3 kept but not the answer, 75 later, 77 sign in.",
)
@click.option(
    "--ingest",
    envvar="ECG_INGEST",
    default=INGEST_URL,
    show_default=True,
    show_envvar=True,
    help="Address of the ingest API.",
)
@click.option(
    "--query",
    envvar="ECG_QUERY",
    default=QUERY_URL,
    show_default=True,
    show_envvar=True,
    help="Address of the query API.",
)
@click.option(
    "--retry-seconds",
    envvar="ECG_RETRY_SECONDS",
    default=TOTAL_SECONDS,
    show_default=True,
    show_envvar=True,
    type=click.FloatRange(min=0),
    help="How long each request is tried while the system is away.",
)
@click.pass_context
def ecg(ctx: click.Context, ingest: str, query: str, retry_seconds: float) -> None:
    """Send ECGs and read their insights.

    ECG_TOKEN, where it is set, goes before what `ecg login` keeps.
    """
    ctx.obj = Session(ingest.rstrip("/"), query.rstrip("/"), retry_seconds)


@ecg.command()
@click.option("--email", envvar="ECG_EMAIL", show_envvar=True, prompt="E-mail", help="Who signs in.")
@click.pass_obj
def login(session: Session, email: str) -> None:
    """Sign in; what is kept of it lets the commands that follow go on, for as long as the system has it.

    The password is asked for, or taken from ECG_PASSWORD, and is not kept.
    """
    password = os.environ.get("ECG_PASSWORD") or click.prompt("Password", hide_input=True, err=True)
    with session.client(signed_in=False) as client:
        try:
            token = client.sign_in(email, password)
        except UnauthenticatedError:
            raise Failure("No active user has this e-mail address and password.", SIGN_IN) from None
    kept = Kept(session.ingest_url, session.query_url, email, 0, "")
    file = _keep(going_on.renewed(kept, token))
    showing.say(f"Signed in as {email}. The token is in {file}: `ecg logout` ends it.")
    _tell_of_token()


@ecg.command()
@click.pass_obj
def logout(session: Session) -> None:
    """Sign out: no token of this sign-in is good any more, and none is kept. A paired machine stays a device."""
    try:
        with token_file.exclusive(), session.client(signed_in=False) as client:
            kept = token_file.read(session.ingest_url, session.query_url)
            if kept is None:
                showing.say(f"Nobody is signed in at {session.query_url}.")
                return
            client.sign_out(kept.refresh_token or kept.token)
            token_file.forget()
    except OSError as error:
        raise Failure(f"The token in {token_file.path()} cannot be removed: {error.strerror}.") from None
    showing.say(f"Signed out as {kept.name}.")


@ecg.command()
@click.argument("code")
@click.pass_obj
def pair(session: Session, code: str) -> None:
    """Make this machine a device of whoever made the CODE: it sends without signing in from then on.

    A device sends files and learns what became of them; to read insights, sign in.
    """
    with session.client(signed_in=False) as client:
        device = client.pair(code)
    ends = device.expires_at.timestamp()
    file = _keep(Kept(session.ingest_url, session.query_url, device.name, ends, device.token), "device")
    name = showing.plain(device.name)
    showing.say(f"Paired as {name}, until {device.expires_at:%Y-%m-%d}. The token is in {file}.")
    _tell_of_token()


def _keep(kept: Kept, kind: Kind = "token") -> Path:
    try:
        with token_file.exclusive():
            return token_file.write(kept, kind)
    except OSError as error:
        raise Failure(f"The token cannot be kept in {token_file.path(kind)}: {error.strerror}.") from None


def _tell_of_token() -> None:
    if os.environ.get(TOKEN):
        click.echo("ECG_TOKEN is set and goes before it: `unset ECG_TOKEN`.", err=True)


@ecg.command()
@click.argument(
    "files",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
)
@click.option("--id", "ecg_id", help="The ECG's id, for a single file; else the file's own.")
@click.option(
    "--wait",
    "wait_seconds",
    type=click.FloatRange(min=0),
    help="Wait so many seconds for the insights, and show them.",
)
@showing.JSON_OPTION
@click.pass_obj
def upload(
    session: Session, files: tuple[Path, ...], ecg_id: str | None, wait_seconds: float | None, as_json: bool
) -> None:
    """Send files (-: standard input): the API's own JSON or Arrow, DICOM, EDF, BDF, a WFDB record as a zip archive.

    A file sent again is the same ECG.

    As this machine's device where it was paired, which is told what became of them and no insights.
    """
    if ecg_id is not None and len(files) > 1:
        raise click.UsageError("--id is for a single file.")
    codes = []
    tell = tell_status if session.is_device else tell_insights
    with session.client(sends=True) as client:
        for number, file in enumerate(files, 1):
            try:
                accepted = send(client, file, ecg_id, f"{number}/{len(files)} {file.name}")
            except EcgError as error:
                problem = failure(error, str(file))
                if problem.concerns_all:
                    raise problem from None
                problem.show()
                codes.append(problem.exit_code)
                continue
            codes.append(follow(client, file, accepted, wait_seconds, tell, as_json=as_json))
    sys.exit(gravest(codes))


@ecg.command()
@click.argument("ecg_id", metavar="[ID]", required=False)
@click.option(
    "--wait",
    "wait_seconds",
    default=0.0,
    type=click.FloatRange(min=0),
    help="Wait so many seconds for them to be there.",
)
@click.option(
    "--limit",
    default=20,
    show_default=True,
    type=click.IntRange(min=1),
    help="Without an ID: how many ECGs to list, newest first.",
)
@showing.JSON_OPTION
@click.pass_obj
def insights(session: Session, ecg_id: str | None, wait_seconds: float, limit: int, as_json: bool) -> None:
    """Show the insights of an ECG; without an ID, list the newest ECGs."""
    with session.client() as client:
        if ecg_id is not None:
            found = client.insights(ecg_id, wait_seconds=wait_seconds)
            sys.exit(show_insights(client, found, as_json=as_json))
        listed = list(itertools.islice(client.ecgs(page_size=min(PAGE_SIZE, limit + 1)), limit + 1))
    if as_json:
        showing.say_json(listed[:limit])
        return
    showing.console().print(showing.ecg_table(listed[:limit]))
    if len(listed) > limit:
        showing.say(f"There are more than these {limit}: `--limit` shows them.")


ecg.add_command(users)
ecg.add_command(redeem)


@ecg.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print completion for a shell: eval "$(ecg completion bash)"."""
    complete = get_completion_class(shell)
    assert complete is not None
    click.echo(complete(ecg, {}, "ecg", "_ECG_COMPLETE").source())


def main() -> None:
    """Run the command and exit."""
    ecg(prog_name="ecg")
