"""The commands on one program of a system in the background: stop, start, restart, and what is set for it alone."""

import os
import time

from infra.console import Console
from infra.local.admin import ADMIN_VARIABLES, first_admin
from infra.local.commands import POLL_SECONDS, patient, ready_state
from infra.local.services import REMOTE_VARIABLES
from infra.local.state import Files
from schemas.setting_names import OF_CALLERS, PREFIX, unknown


def stop_one(files: Files, name: str, console: Console) -> None:
    """Stop one program and keep it stopped until `start_one`, or until everything is stopped."""
    ready_state(files)
    (files.stopped / name).touch()
    began = time.monotonic()
    while (state := ready_state(files)).programs[name].pid is not None:
        patient(began, f"stop {name}")
        time.sleep(POLL_SECONDS)
    console.say(f"{name} is stopped. {len([p for p in state.programs.values() if p.pid])} others run on.")


def restart_one(files: Files, name: str, console: Console) -> None:
    """Stop one program and start it again, as `start_one` does."""
    ready_state(files)
    give(files, name, console)
    stop_one(files, name, console)
    wait_started(files, name, console)


def start_one(files: Files, name: str, console: Console) -> None:
    """Start a stopped program again and wait until it has a process and is ready. What this command's environment
    sets goes before what was set when all was started.
    """
    ready_state(files)
    if (files.stopped / name).exists():
        give(files, name, console)
    else:
        console.say(f"{name} is started already; other settings reach it with `make restart NAME={name}`.")
    wait_started(files, name, console)


def give(files: Files, name: str, console: Console) -> None:
    """Set for one program what is set here, but for the secrets of callers. Raises SetupError as `first_admin` does."""
    for sentence in unknown(os.environ):
        console.say(sentence)
    if name == "query_api":
        first_admin(files.admin, console)
    here = {variable: value for variable, value in os.environ.items() if variable.startswith(PREFIX)}
    files.give(
        name,
        {
            variable: value
            for variable, value in here.items()
            if variable not in OF_CALLERS | ADMIN_VARIABLES | REMOTE_VARIABLES
        },
    )


def wait_started(files: Files, name: str, console: Console) -> None:
    """Let a program run, and wait until it does and is ready."""
    (files.stopped / name).unlink(missing_ok=True)
    began = time.monotonic()
    while not (state := ready_state(files)).programs[name].ready:
        patient(began, f"become ready: {name}")
        console.wait(f"  waiting for {name}, {time.monotonic() - began:.0f} s")
        time.sleep(POLL_SECONDS)
    console.say(
        f"{name} is ready after {time.monotonic() - began:.1f} s, process {state.programs[name].pid}."
    )
