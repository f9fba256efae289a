"""What the rows stand on: a system of this machine; one with proxies before its engines; one with
small disks; one with three of each engine."""

import asyncio
import functools
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from faults import disks
from harness import resolving
from harness.links import Link
from harness.running import System, supervised
from infra.local.ports import any_free
from infra.local.state import Files

# Shorter than the outage of row 4.
POLL_SECONDS = 10
# Kafka's segments and indexes, and Cassandra's commit log, with room for a row's uploads.
DISK_MEBIBYTES = {"kafka": 600, "cassandra": 700}


@dataclass(frozen=True, slots=True)
class Ground:
    """A running system, and the links to its engines where it has such."""

    system: System
    links: Mapping[str, Link]


@asynccontextmanager
async def plain(var: Path) -> AsyncIterator[Ground]:
    """Everything, as `make up` starts it."""
    async with _system(var) as system:
        yield Ground(system, {})


@asynccontextmanager
async def impatient(var: Path) -> AsyncIterator[Ground]:
    """A processor that fetches nothing for some seconds would be out of its group; by default it is 24 days."""
    async with _system(var, ECG_PROCESSOR_POLL_SECONDS=str(POLL_SECONDS)) as system:
        yield Ground(system, {})


@asynccontextmanager
async def linked(var: Path) -> AsyncIterator[Ground]:
    """The services reach Kafka and Cassandra through a link each."""
    ports = {name: any_free() for name in ("kafka", "cassandra")}
    links = {name: Link(port, functools.partial(_address, var, name)) for name, port in ports.items()}
    options = [f"--reached-at={name}={port}" for name, port in ports.items()]
    async with links["kafka"].open(), links["cassandra"].open(), _system(var, *options) as system:
        yield Ground(system, links)


@asynccontextmanager
async def named(var: Path) -> AsyncIterator[Ground]:
    """The services know Cassandra by a name alone. There is a link at each address that it may lead to."""
    port, names = any_free(), var / resolving.FILE
    links = {
        host: Link(port, functools.partial(_address, var, "cassandra"), host=host)
        for host in resolving.ADDRESSES
    }
    resolving.lead(names, resolving.ADDRESSES[0])
    options = [f"--reached-at=cassandra={resolving.NAME}:{port}"]
    async with AsyncExitStack() as stack:
        for link in links.values():
            await stack.enter_async_context(link.open())
        system = await stack.enter_async_context(_system(var, *options, **resolving.environment(names)))
        yield Ground(system, links)


@asynccontextmanager
async def small_disks(var: Path) -> AsyncIterator[Ground]:
    """Each engine has its data on a small disk of its own."""
    with ExitStack() as mounted:
        for name, mebibytes in DISK_MEBIBYTES.items():
            mounted.enter_context(disks.small(var / name, mebibytes))
        # Else uploads are refused before the disk is full, which the broker outlives.
        async with _system(var, ECG_INGEST_DISK_FREE_BYTES="0") as system:
            yield Ground(system, {})


@asynccontextmanager
async def clustered(var: Path) -> AsyncIterator[Ground]:
    """Three brokers and three nodes."""
    async with _system(var, "--clustered") as system:
        yield Ground(system, {})


Stand = Callable[[Path], AbstractAsyncContextManager[Ground]]


@asynccontextmanager
async def _system(var: Path, *options: str, **environment: str) -> AsyncIterator[System]:
    running = supervised(var, *options, **environment)
    process = await asyncio.to_thread(running.__enter__)
    try:
        system = System(var, process)
        yield system
        system.http.close()
    finally:
        await asyncio.to_thread(lambda: running.__exit__(None, None, None))


def _address(var: Path, name: str) -> tuple[str, int] | None:
    """Where an engine of a system that runs or is being started is."""
    state = Files(var).read()
    if state is None:
        return None
    host, _, port = state.run[name].rpartition(":")
    return host, int(port)
