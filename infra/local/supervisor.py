"""Runs the whole system as child processes and keeps it running until told to stop.

Order of starting: engines, then topics, then tables and services together (which wait for all of it by
themselves). Order of stopping: services, then engines, so that nobody waits for somebody who has left.
"""

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Sequence
from typing import Any

from infra.access.accounts import Accounts
from infra.access.signing_in import operator_to_kafka
from infra.apply.tables import apply_tables
from infra.apply.topics import apply_topics
from infra.console import Console
from infra.errors import SetupError
from infra.local.failures import explain
from infra.local.keeper import Keeper
from infra.local.state import Files, Phase, Running, State, started
from infra.program import Program

OBEY_EVERY_SECONDS = 0.2
SHOW_EVERY_SECONDS = 0.5
# What `run.json` calls the address of a program.
ADDRESS_KEYS = {
    "ingest_api": "ingest_url",
    "query_api": "query_url",
    "stream_processor": "processor_url",
    "kafka": "kafka",
    "cassandra": "cassandra",
}


class Supervisor:
    """The system of one data folder. Only for who holds the folder's lock."""

    def __init__(
        self,
        files: Files,
        console: Console,
        *,
        engines: Sequence[Sequence[Program]],
        services: Sequence[Program],
        accounts: Accounts,
    ) -> None:
        """`engines` are started group by group. Several of one kind are named kind-1, kind-2, …"""
        self._files = files
        self._console = console
        self._accounts = accounts
        self._phase: Phase = "starting"
        self._groups = [[Keeper(program, console, self._tell) for program in group] for group in engines]
        self._engines = [keeper for group in self._groups for keeper in group]
        self._services = [Keeper(program, console, self._tell) for program in services]
        self._keepers = [*self._engines, *self._services]
        self._tasks: list[asyncio.Task[None]] = []
        self._obeying: asyncio.Task[None] | None = None
        self.run: dict[str, Any] = {
            **addresses([keeper.program for keeper in self._keepers]),
            "logs": str(files.logs),
            "var": str(files.var),
            "supervisor": os.getpid(),
        }

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """The system, up inside the block and stopped after it, however the block is left.

        Raises SetupError when a part does not start.
        """
        self._tell()
        try:
            await self._start()
            yield
        finally:
            await asyncio.shield(self._stop())

    async def failure(self) -> None:
        """Wait for ever; raises what made the supervisor itself unable to go on."""
        done, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()

    async def _start(self) -> None:
        began = time.monotonic()
        for group in self._groups:
            await self._bring_up(group)
        nodes = self.run["cassandra"].split(",")
        brokers = self.run["kafka"].split(",")
        keyspace = os.environ.get("ECG_CASSANDRA_KEYSPACE", "ecg")
        for change in await apply_topics(
            self.run["kafka"],
            replication=len(brokers),
            accounts=self._accounts,
            **operator_to_kafka(self._accounts),
        ):
            self._console.say(f"  {change}")
        # Making tables is mostly waiting for the disk, starting Python is not: both at once save some seconds.
        await asyncio.gather(
            self._bring_up(self._services),
            asyncio.to_thread(
                apply_tables, nodes, replication=len(nodes), keyspace=keyspace, accounts=self._accounts
            ),
        )
        self._obeying = asyncio.create_task(self._obey())
        self._tasks.append(self._obeying)
        self._phase = "ready"
        self._tell()
        self._console.say(f"Ready after {time.monotonic() - began:.1f} s. Logs: {self._files.logs}")

    async def _bring_up(self, keepers: Sequence[Keeper]) -> None:
        """Start these, wait until all answer, show what is waited for."""
        began = time.monotonic()
        new = [asyncio.create_task(keeper.keep()) for keeper in keepers]
        self._tasks += new
        waiting = list(keepers)
        while waiting:
            shown = ", ".join(f"{keeper.program.title} ({keeper.program.waits_for})" for keeper in waiting)
            seconds = time.monotonic() - began
            self._console.wait(f"  waiting for {shown}: {seconds:.0f} s")
            answering = [asyncio.create_task(keeper.ready.wait()) for keeper in waiting]
            done, _ = await asyncio.wait(
                [*answering, *new],
                timeout=SHOW_EVERY_SECONDS,
                return_when=asyncio.FIRST_COMPLETED,
            )
            for question in answering:
                question.cancel()
            for ended in done.intersection(new):
                ended.result()
            for keeper in [keeper for keeper in waiting if keeper.ready.is_set()]:
                waiting.remove(keeper)
                program = keeper.program
                self._console.say(
                    f"  {program.title:<17} {program.address:<22} up in {time.monotonic() - began:.1f} s"
                )
            for keeper in waiting:
                if seconds > keeper.program.start_limit_seconds:
                    raise SetupError(explain(keeper.program, f"gave no answer in {seconds:.0f} s"))

    async def _stop(self) -> None:
        if self._obeying is not None:
            self._obeying.cancel()
        self._phase = "stopping"
        self._tell()
        began = time.monotonic()
        for group in (self._services, self._engines):
            await asyncio.gather(*(keeper.stop() for keeper in group))
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._files.forget()
        self._console.say(f"All stopped in {time.monotonic() - began:.1f} s.")

    async def _obey(self) -> None:
        """Stop and start single programs as the files in `stopped/` say."""
        while True:
            stopped = {path.name for path in self._files.stopped.iterdir()}
            for keeper in self._keepers:
                if keeper.program.name in stopped:
                    await keeper.stop()
                else:
                    keeper.start()
            await asyncio.sleep(OBEY_EVERY_SECONDS)

    def _tell(self) -> None:
        programs = {
            keeper.program.name: Running(
                keeper.pid, started(keeper.pid), keeper.ready.is_set(), keeper.restarts
            )
            for keeper in self._keepers
        }
        self._files.write(State(os.getpid(), self._phase, programs, self.run))


def addresses(programs: Sequence[Program]) -> dict[str, str]:
    """Where the programs are, by what `run.json` calls them; several of one kind with commas between."""
    found: dict[str, str] = {}
    for program in programs:
        key = ADDRESS_KEYS[program.name.partition("-")[0]]
        found[key] = f"{found[key]},{program.address}" if key in found else program.address
    return found
