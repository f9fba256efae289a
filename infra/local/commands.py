"""The commands on a system in the background: up, down, clean; those on one of its programs are in `parts`."""

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
from infra.local.run import prepare, supervise
from infra.local.services import TITLES
from infra.local.state import Files, State
from infra.paths import REPOSITORY

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
