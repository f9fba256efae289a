"""Runs the whole system as child processes and keeps it running until told to stop.

Order of starting: engines; topics as soon as Kafka answers, tables as soon as Cassandra does; services as soon as
the topics are there, because starting Python takes longer than the rest of Cassandra's start (they wait for it by
themselves). Order of stopping: services, then engines, so that nobody waits for somebody who has left.
"""

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Sequence
from typing import Any

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
    ) -> None:
        """`engines` are started group by group. Several of one kind are named kind-1, kind-2, …"""
        self._files = files
        self._console = console
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
        topics = asyncio.create_task(self._make_topics())
        tables = asyncio.create_task(self._make_tables())
        earlier: asyncio.Task[None] | None = None
        for group in self._groups:
            self._begin(group, earlier)
            earlier = asyncio.create_task(answering(group))
        self._begin(self._services, topics)
        await self._until_up({topics, tables})
        self._obeying = asyncio.create_task(self._obey())
        self._tasks.append(self._obeying)
        self._phase = "ready"
        self._tell()
        self._console.say(f"Ready after {time.monotonic() - began:.1f} s. Logs: {self._files.logs}")

    def _begin(self, keepers: Sequence[Keeper], earlier: asyncio.Task[None] | None) -> None:
        """Keep these running from when `earlier` is done."""

        async def keep(keeper: Keeper) -> None:
            if earlier is not None:
                await asyncio.shield(earlier)
            await keeper.keep()

        self._tasks += [asyncio.create_task(keep(keeper)) for keeper in keepers]

    async def _make_topics(self) -> None:
        brokers = self.run["kafka"].split(",")
        await answering(self._of_kind("kafka"))
        await apply_topics(self.run["kafka"], replication=len(brokers))

    async def _make_tables(self) -> None:
        nodes = self.run["cassandra"].split(",")
        await answering(self._of_kind("cassandra"))
        await asyncio.to_thread(apply_tables, nodes, replication=len(nodes))

    def _of_kind(self, kind: str) -> list[Keeper]:
        return [keeper for keeper in self._engines if keeper.program.name.partition("-")[0] == kind]

    async def _until_up(self, making: set[asyncio.Task[None]]) -> None:
        """Wait until all answer and all is made, show what is waited for."""
        began = time.monotonic()
        waiting, unfinished = list(self._keepers), {*self._tasks, *making}
        while waiting or not unfinished.isdisjoint(making):
            starting = [keeper for keeper in waiting if keeper.began is not None]
            shown = ", ".join(f"{keeper.program.title} ({keeper.program.waits_for})" for keeper in starting)
            self._console.wait(f"  waiting for {shown or 'tables'}: {time.monotonic() - began:.0f} s")
            answers = [asyncio.create_task(keeper.ready.wait()) for keeper in waiting]
            done, _ = await asyncio.wait(
                [*answers, *unfinished], timeout=SHOW_EVERY_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
            for answer in answers:
                answer.cancel()
            for ended in done & unfinished:
                ended.result()
                unfinished.discard(ended)
            for keeper in starting:
                seconds = time.monotonic() - (keeper.began or began)
                program = keeper.program
                if keeper.ready.is_set():
                    waiting.remove(keeper)
                    self._console.say(f"  {program.title:<17} {program.address:<22} up in {seconds:.1f} s")
                elif seconds > program.start_limit_seconds:
                    raise SetupError(explain(program, f"gave no answer in {seconds:.0f} s"))

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


async def answering(keepers: Sequence[Keeper]) -> None:
    """Wait until all of these answer."""
    for keeper in keepers:
        await keeper.ready.wait()


def addresses(programs: Sequence[Program]) -> dict[str, str]:
    """Where the programs are, by what `run.json` calls them; several of one kind with commas between."""
    found: dict[str, str] = {}
    for program in programs:
        key = ADDRESS_KEYS[program.name.partition("-")[0]]
        found[key] = f"{found[key]},{program.address}" if key in found else program.address
    return found
