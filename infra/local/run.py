"""Runs the supervisor in this process until a signal, a failure or the end of its parent."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from infra.access.accounts import Accounts, kept
from infra.console import Console
from infra.engines import cluster
from infra.engines.cassandra import cassandra
from infra.engines.jars import ensure_jars
from infra.engines.java import ensure_java
from infra.engines.kafka import kafka
from infra.errors import SetupError
from infra.exclusive import take
from infra.local import ports
from infra.local.admin import first_admin
from infra.local.services import services
from infra.local.state import Files
from infra.local.supervisor import Supervisor, addresses
from infra.program import Program
from schemas.setting_names import unknown

PARENT_POLL_SECONDS = 1.0
# Below this the engines would start and end soon after; they need about 100 MB to begin with.
LEAST_FREE_BYTES = 500_000_000

# What is done once the system is ready; True to stop it afterwards.
Then = Callable[[dict[str, Any]], Awaitable[bool]]


def prepare(files: Files, console: Console) -> tuple[Path, Path, Accounts]:
    """What a start needs: Java, the jars (fetched the first time), the first admin, the engines' accounts.

    Raises SetupError.
    """
    try:
        files.make()
        disk = os.statvfs(files.var)
    except OSError as failure:
        raise SetupError(f"The data folder {files.var} cannot be used: {failure.strerror}.") from None
    free = disk.f_bavail * disk.f_frsize
    if free < LEAST_FREE_BYTES:
        raise SetupError(
            f"The disk of {files.var} is nearly full ({free // 1_000_000} MB free, "
            f"{LEAST_FREE_BYTES // 1_000_000} needed): make room, or set ECG_VAR to a folder on another disk."
        )
    for sentence in unknown(os.environ):
        console.say(sentence)
    jars = ensure_jars(console)
    java = ensure_java(console)
    first_admin(files.admin, console)
    return java, jars, kept(files.accounts)


def supervise(
    files: Files,
    console: Console,
    *,
    tied: bool,
    engines_only: bool = False,
    clustered: bool = False,
    reached_at: Mapping[str, str] = MappingProxyType({}),
    then: Then | None = None,
) -> None:
    """Run the system in the foreground, or with `engines_only` what the services need. `tied`: stop when
    the process that started this one has ended. `clustered`: three of each engine. `reached_at`: where
    the services find an engine instead of at its own address, if a proxy stands between them.

    Raises SetupError when a part does not start, or when this data folder has a supervisor already.
    """
    java, jars, accounts = prepare(files, console)
    if take(files.lock) is None:
        raise SetupError(f"The system of {files.var} is already up, or starting.")
    files.end_leftovers()
    chosen, moved = ports.choose()
    for name in moved:
        console.say(f"  port {ports.DEFAULTS[name]} is busy: {name.replace('_', ' ')} takes {chosen[name]}")
    started = (
        cluster.engines(java, jars, files.var, files.logs, chosen, accounts)
        if clustered
        else engines(files, java, jars, chosen, accounts, reached_at.get("kafka", ""))
    )
    found = addresses([program for group in started for program in group])
    reach = {**found, **reached_at}
    supervisor = Supervisor(
        files,
        console,
        engines=started,
        services=() if engines_only else services(files, chosen, reach, accounts),
        accounts=accounts,
    )
    asyncio.run(_until_stopped(supervisor, tied=tied, then=then))


def engines(
    files: Files, java: Path, jars: Path, port: dict[str, int], accounts: Accounts, kafka_reached_at: str
) -> list[list[Program]]:
    """Kafka and Cassandra, with their data and logs in the data folder."""
    var, logs = files.var, files.logs
    broker = kafka(
        java,
        jars,
        var / "kafka",
        logs / "kafka.log",
        port["kafka"],
        port["kafka_controller"],
        accounts,
        reached_at=int(kafka_reached_at.rpartition(":")[2] or 0),
        told=partial(files.told, "kafka"),
    )
    node = cassandra(
        java,
        jars,
        var / "cassandra",
        logs / "cassandra.log",
        port["cassandra"],
        port["cassandra_storage"],
        accounts,
    )
    return [[broker, node]]


async def _until_stopped(supervisor: Supervisor, *, tied: bool, then: Then | None) -> None:
    told_to_stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, told_to_stop.set)
    watchers: list[asyncio.Task[Any]] = [asyncio.create_task(told_to_stop.wait())]
    if tied:
        watchers.append(asyncio.create_task(_parent_ended()))
    work = asyncio.create_task(_work(supervisor, then))
    await asyncio.wait([work, *watchers], return_when=asyncio.FIRST_COMPLETED)
    for task in (work, *watchers):
        task.cancel()
    try:
        await work
    except asyncio.CancelledError:
        return


async def _work(supervisor: Supervisor, then: Then | None) -> None:
    async with supervisor.running():
        if then is None or not await then(supervisor.run):
            await supervisor.failure()


async def _parent_ended() -> None:
    parent = os.getppid()
    while os.getppid() == parent:
        await asyncio.sleep(PARENT_POLL_SECONDS)
