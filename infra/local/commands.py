"""The commands on a system in the background: up, down, stop and start of one program, clean."""

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from typing import Any, TextIO

from infra.console import Console
from infra.demo.show import demo as show_demo
from infra.demo.show import paste
from infra.errors import SetupError
from infra.local.admin import ADMIN_VARIABLES, first_admin
from infra.local.run import prepare, supervise
from infra.local.services import TITLES
from infra.local.state import Files, State
from infra.paths import REPOSITORY
from schemas.setting_names import OF_CALLERS, PREFIX, unknown

NAMES = ("kafka", "cassandra", *TITLES)
POLL_SECONDS = 0.1
# Longer than any start or stop that the supervisor itself would accept.
PATIENCE_SECONDS = 300.0
SUPERVISOR_LOG = "supervisor.log"


def up(files: Files, console: Console) -> None:
    """Start everything in the background and return when all answer. Raises SetupError when a part does
    not start.
    """
    if files.supervised():
        wait_ready(files, console)
        console.say("Already up; other settings reach a part of it with `make restart NAME=…`.")
    else:
        prepare(files, console)
        start_detached(files, console)
    show(files, console)


def demo(files: Files, console: Console) -> None:
    """Show the demo on the system that is up, else on one that is started for it.

    With a terminal and without ONCE=1 a started one stays up until Ctrl-C; else it is stopped after the
    result.
    """
    stay = sys.stdout.isatty() and os.environ.get("ONCE") != "1"
    if files.supervised():
        wait_ready(files, console)
        run = ready_state(files).run
        paste(run, show_demo(files, run, console), console)
        return

    async def then(run: dict[str, Any]) -> bool:
        ecg_id = await asyncio.to_thread(show_demo, files, run, console)
        if stay:
            paste(run, ecg_id, console)
            console.say("Ctrl-C stops everything; the data stays.")
        return not stay

    supervise(files, console, tied=True, then=then)


def start_detached(files: Files, console: Console) -> None:
    """Start a supervisor that outlives this process, and show what it says until it is ready."""
    log = files.logs / SUPERVISOR_LOG
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "infra.local", "run", "--detached"],
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    with log.open() as said:
        try:
            while process.poll() is None:
                relay(said, console)
                if is_ready(files):
                    relay(said, console)
                    return
                time.sleep(POLL_SECONDS)
        except KeyboardInterrupt:
            process.terminate()
            process.wait()
            raise
        relay(said, console)
    raise SetupError("The system was not started.")


def relay(said: TextIO, console: Console) -> None:
    """Show the lines that were added to a log."""
    for line in said.read().splitlines():
        console.say(line)


def down(files: Files, console: Console) -> None:
    """Stop everything, and end what a killed supervisor left."""
    if not files.supervised():
        left = files.read() is not None
        if left:
            files.end_leftovers()
        console.say("Ended what a killed run had left." if left else "Nothing is up here.")
        return
    began = time.monotonic()
    state = files.read()
    if state is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(state.supervisor, signal.SIGTERM)
    while files.supervised():
        patient(began, "stop")
        console.wait(f"  stopping, {time.monotonic() - began:.0f} s")
        time.sleep(POLL_SECONDS)
    console.say(f"All stopped in {time.monotonic() - began:.1f} s. Data stays in {files.var}.")


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
        {variable: value for variable, value in here.items() if variable not in OF_CALLERS | ADMIN_VARIABLES},
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


def clean(files: Files, console: Console) -> None:
    """Remove all data: users, keys, events, insights, logs."""
    if files.supervised():
        down(files, console)
    elif files.read() is not None:
        files.end_leftovers()
    shutil.rmtree(files.var, ignore_errors=True)
    console.say(f"Removed {files.var}.")


def is_ready(files: Files) -> bool:
    """Whether the system has been brought up."""
    state = files.read()
    return state is not None and state.phase == "ready"


def wait_ready(files: Files, console: Console) -> None:
    """Wait for a supervisor that another command has started."""
    began = time.monotonic()
    while not is_ready(files):
        if not files.supervised():
            raise SetupError(
                f"The system that was starting in {files.var} has ended; see {files.logs / SUPERVISOR_LOG}."
            )
        patient(began, "start")
        console.wait(f"  another command is starting the system, {time.monotonic() - began:.0f} s")
        time.sleep(POLL_SECONDS)


def ready_state(files: Files) -> State:
    """The state of a system that is up. Raises SetupError where none is."""
    state = files.read()
    if state is None or state.phase != "ready" or not files.supervised():
        raise SetupError("Nothing is up here: start it with `make up`.")
    return state


def show(files: Files, console: Console) -> None:
    """Where everything is."""
    run = ready_state(files).run
    console.say(f"  ingest API  {run['ingest_url']}/docs")
    console.say(f"  query API   {run['query_url']}/docs")
    console.say(f"  Kafka       {run['kafka']}")
    console.say(f"  Cassandra   {run['cassandra']}")
    console.say(f"  for scripts {files.run}")


def patient(began: float, what: str) -> None:
    """Give up what never ends."""
    if time.monotonic() - began > PATIENCE_SECONDS:
        raise SetupError(f"Gave up after {PATIENCE_SECONDS:.0f} s: it did not {what}.")
