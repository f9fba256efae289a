"""Keeps one program running: starts it, sees it answer, starts it again when it ends, stops it on demand."""

import asyncio
import contextlib
import signal
import time
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Callable

from infra import tied
from infra.console import Console
from infra.errors import SetupError
from infra.local.failures import explain
from infra.paths import REPOSITORY
from infra.program import Program

# A program that ended is started again after a pause that doubles up to the cap, so that a crash loop is no
# load; one that stayed up long enough begins anew.
FIRST_PAUSE_SECONDS = 0.05
PAUSE_CAP_SECONDS = 5.0
STEADY_SECONDS = 30.0
# Of a program that says that only its operator can mend it.
PATIENT_PAUSE_SECONDS = 60.0
ASK_EVERY_SECONDS = 0.1
LOG_LIMIT_BYTES = 50 * 1024 * 1024


class Keeper:
    """One program and its process.

    `changed` is called whenever the process id changes. The first start has to succeed: `keep` raises
    SetupError when the program ends before it has answered once. After that it never gives up.
    """

    def __init__(self, program: Program, console: Console, changed: Callable[[], None]) -> None:
        self.program = program
        self.pid: int | None = None
        self.restarts = 0
        self.ready = asyncio.Event()
        self._console = console
        self._changed = changed
        self._wanted = asyncio.Event()
        self._wanted.set()
        self._unwanted = asyncio.Event()
        self._ended = asyncio.Event()
        self._ended.set()
        self._process: Process | None = None
        self._answered_once = False
        self._last_code: int | None = None
        self._log_start = 0

    async def keep(self) -> None:
        """Run until cancelled; `stop` first, or the process is left to die with this one."""
        pause = FIRST_PAUSE_SECONDS
        while True:
            await self._wanted.wait()
            began = time.monotonic()
            ending = await self._run_once(began)
            if not self._wanted.is_set():
                continue
            if not self._answered_once:
                raise SetupError(explain(self.program, f"did not start ({ending})", self._log_start))
            if time.monotonic() - began >= STEADY_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            self.restarts += 1
            hopeless = self._last_code in self.program.hopeless_exits
            wait = PATIENT_PAUSE_SECONDS if hopeless else pause
            soon = f" in {wait:.0f} s" if hopeless else ""
            self._console.say(f"{clock()}  {self.program.title} ended ({ending}), starting it again{soon}")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._unwanted.wait(), wait)
            pause = min(2 * pause, PAUSE_CAP_SECONDS)

    def start(self) -> None:
        """Have it run, from now on."""
        self._unwanted.clear()
        self._wanted.set()

    async def stop(self) -> None:
        """Have it stopped, from now on; returns when its process has ended. Kills what takes too long."""
        if not self._wanted.is_set() and self._ended.is_set():
            return
        self._wanted.clear()
        self._unwanted.set()
        self._signal(signal.SIGTERM)
        self._signal(signal.SIGCONT)  # a stopped process would not see that it has to go
        try:
            await asyncio.wait_for(self._ended.wait(), self.program.stop_limit_seconds)
        except TimeoutError:
            self._console.say(
                f"{self.program.title} did not stop in {self.program.stop_limit_seconds:.0f} s: killed"
            )
            self._signal(signal.SIGKILL)
            await self._ended.wait()
        self._set_pid(None)

    async def _run_once(self, began: float) -> str:
        """Start the program and wait for its end; how it ended, in words."""
        self._ended.clear()
        try:
            process = await self._start()
            asking = asyncio.create_task(self._ask(began))
            code = self._last_code = await process.wait()
            asking.cancel()
        except (OSError, SetupError) as failure:
            return str(failure)
        finally:
            self._process = None
            self.ready.clear()
            self._changed()
            self._ended.set()
        if not self._wanted.is_set() and code not in self.program.clean_exits:
            self._console.say(f"{self.program.title} stopped uncleanly ({how(code)})")
        return how(code)

    async def _start(self) -> Process:
        await asyncio.to_thread(self.program.prepare)
        log = self.program.log
        if log.exists() and log.stat().st_size > LOG_LIMIT_BYTES:
            log.replace(log.with_suffix(".old.log"))
        with log.open("ab") as out:
            self._log_start = out.tell()
            process = await asyncio.create_subprocess_exec(
                *tied.command(self.program.argv, timer_slack_ns=self.program.timer_slack_ns),
                stdin=DEVNULL,
                stdout=out,
                stderr=out,
                env=self.program.env(),
                cwd=REPOSITORY,
                # Ctrl-C is for the supervisor, which stops its children in order.
                start_new_session=True,
            )
        self._process = process
        self._set_pid(process.pid)
        if not self._wanted.is_set():
            self._signal(signal.SIGTERM)
        return process

    async def _ask(self, began: float) -> None:
        while not await self.program.answers():
            await asyncio.sleep(ASK_EVERY_SECONDS)
        self.ready.set()
        self._changed()
        if self._answered_once:
            self._console.say(
                f"{clock()}  {self.program.title} answers again after {time.monotonic() - began:.1f} s"
            )
        self._answered_once = True

    def _set_pid(self, pid: int | None) -> None:
        self.pid = pid
        self._changed()

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)


def clock() -> str:
    """The time of day, for lines that a reader finds later."""
    return time.strftime("%H:%M:%S")


def how(code: int) -> str:
    """An exit code in words."""
    if code < 0:
        return f"killed by {signal.Signals(-code).name}"
    return f"exit code {code}"
