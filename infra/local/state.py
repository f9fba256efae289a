"""What is known of a running system, in files of its data folder.

- `run.json` is for scripts: addresses and process ids. It is there from the moment everything is ready
  until all is stopped, always whole (written beside and renamed). A process id is the one to signal; after
  a crash it stays the old one until the new one is started, and it is null for a program that was stopped
  on purpose.
- `supervisor.json` is for the commands here: the same while starting, and what to end when a supervisor
  was killed.
- `supervisor.lock` is held by the one supervisor that a data folder may have.
- `stopped/NAME` exists while that program is to stay stopped.
- `given/NAME` is what was set for that program alone, by who started it again.
- `admin.json` and `demo.json` are accounts, for their owner only.
- `accounts.json` has the passwords by which the engines are reached, for its owner only.
"""

import contextlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import psutil

from infra.access.accounts import FILE_VARIABLE
from infra.exclusive import take
from infra.private_files import write_private

Phase = Literal["starting", "ready", "stopping"]
# Two readings of one process's start differ by rounding.
SAME_START_SECONDS = 0.1
GONE_LIMIT_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Running:
    """One program as its supervisor sees it. `started` is the process's start, seconds since the epoch."""

    pid: int | None
    started: float | None
    ready: bool
    restarts: int


@dataclass(frozen=True, slots=True)
class State:
    """A supervisor and its programs, and what scripts are told."""

    supervisor: int
    phase: Phase
    programs: dict[str, Running] = field(default_factory=dict)
    run: dict[str, Any] = field(default_factory=dict)


class Files:
    """The files of one data folder."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.logs = var / "logs"
        self.run = var / "run.json"
        self.state = var / "supervisor.json"
        self.lock = var / "supervisor.lock"
        self.stopped = var / "stopped"
        self.given = var / "given"
        self.admin = var / "admin.json"
        self.demo = var / "demo.json"
        self.accounts = Path(os.environ.get(FILE_VARIABLE) or var / "accounts.json").absolute()

    def make(self) -> None:
        """Make the folders. Only their owner may look in: they hold health data and keys."""
        for folder in (self.var, self.logs, self.stopped, self.given):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def write(self, state: State) -> None:
        """Tell what is running."""
        write_private(self.state, asdict(state))
        if state.phase == "ready":
            pids = {name: program.pid for name, program in state.programs.items()}
            restarts = {name: program.restarts for name, program in state.programs.items()}
            write_private(self.run, {**state.run, "pids": pids, "restarts": restarts})

    def read(self) -> State | None:
        """What is running, or what the last supervisor left; None where there is nothing."""
        try:
            raw = json.loads(self.state.read_text())
        except (FileNotFoundError, NotADirectoryError):
            return None
        programs = {name: Running(**program) for name, program in raw["programs"].items()}
        return State(raw["supervisor"], raw["phase"], programs, raw["run"])

    def give(self, name: str, variables: Mapping[str, str]) -> None:
        """Set variables for one program, from its next start on, in the place of those that it alone had before."""
        write_private(self.given / name, dict(variables))

    def told(self, name: str) -> dict[str, str]:
        """The environment of a program: what was set for it alone goes before what was set for all."""
        path = self.given / name
        return {**os.environ, **(json.loads(path.read_text()) if path.exists() else {})}

    def forget(self) -> None:
        """Nothing is running any more."""
        for path in (self.run, self.state, *self.given.glob("*")):
            path.unlink(missing_ok=True)

    def supervised(self) -> bool:
        """Whether a supervisor of this folder lives."""
        if not self.lock.exists():
            return False
        descriptor = take(self.lock)
        if descriptor is None:
            return True
        os.close(descriptor)
        return False

    def end_leftovers(self) -> None:
        """End what a killed supervisor left behind. Only for who holds the lock."""
        state = self.read()
        left = [] if state is None else [same(program) for program in state.programs.values()]
        processes = [process for process in left if process is not None]
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(processes, timeout=GONE_LIMIT_SECONDS)
        self.forget()
        for path in self.stopped.glob("*"):
            path.unlink()


def started(pid: int | None) -> float | None:
    """When this process was started; None where it is gone."""
    try:
        return None if pid is None else psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:
        return None


def same(program: Running) -> psutil.Process | None:
    """The program's process, unless it is gone and its id, perhaps, somebody else's."""
    now = started(program.pid)
    if program.pid is None or program.started is None or now is None:
        return None
    return psutil.Process(program.pid) if abs(now - program.started) < SAME_START_SECONDS else None
