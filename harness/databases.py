"""A service's own way to Cassandra, in the test's process, with a link in between that can be made bad."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from uuid import UUID

import pytest
import uvloop

from harness import access
from harness.links import Link, link_to
from harness.querying import HASH_A, NOON
from harness.running import Engines
from service_kit.engines.cassandra.database import Database, Statement
from service_kit.engines.errors import EngineAwayError

STATEMENT_SECONDS = 1.0
# A driver that lost its node asks for it again each two seconds at the latest.
FOUND_AGAIN_SECONDS = 15.0

WRITE = Statement("""
    INSERT INTO insights_by_ecg (owner_id, ecg_id, position, content_hash, insight, version, segment, result)
    VALUES (?, ?, ?, ?, '', 1, -1, ?)""")
READ = Statement("SELECT result FROM insights_by_ecg WHERE owner_id = ? AND ecg_id = ?")

# The services have uvloop; the kit promises any.
LOOPS: list[Callable[[], asyncio.AbstractEventLoop]] = [asyncio.new_event_loop, uvloop.new_event_loop]
on_each_loop = pytest.mark.parametrize("loop", LOOPS, ids=["asyncio", "uvloop"])


def run(test: Coroutine[None, None, None], loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    """Run it on a loop of this kind."""
    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(test)


@asynccontextmanager
async def database(
    address: str,
    *,
    seconds: float = STATEMENT_SECONDS,
    ca_file: Path | None = None,
    tls_name: str | None = None,
    keyspace: str = "ecg",
    tables: Sequence[str] = (),
) -> AsyncIterator[Database]:
    """Opened, not yet connected. `seconds`: for one statement. `tables`: without which it is not ready."""
    opened = Database(
        access.cassandra_settings(
            address,
            cassandra_timeout_seconds=seconds,
            cassandra_ca_file=None if ca_file is None else str(ca_file),
            cassandra_tls_name=tls_name,
            cassandra_keyspace=keyspace,
        ),
        tables,
    )
    await opened.open()
    try:
        yield opened
    finally:
        await opened.close()


def linked(
    engines: Engines, tls: ssl.SSLContext | None = None
) -> AbstractAsyncContextManager[tuple[Link, str]]:
    """A link to Cassandra, and its address."""
    return link_to(engines.cassandra, tls)


async def connected(opened: Database, limit_seconds: float = FOUND_AGAIN_SECONDS) -> float:
    """Wait until Cassandra answers; for how long, in seconds."""
    began = time.monotonic()
    while True:
        try:
            await opened.answers()
        except EngineAwayError:
            assert time.monotonic() - began < limit_seconds, "waited in vain for Cassandra"
            await asyncio.sleep(0.05)
        else:
            return time.monotonic() - began


async def write(opened: Database, owner: UUID, ecg_id: str, result: str) -> None:
    """A row to be read."""
    await opened.execute(WRITE, (owner, ecg_id, NOON, HASH_A, result))


async def read(opened: Database, owner: UUID, ecg_id: str) -> str | None:
    """What is in it; None where there is none."""
    rows = await opened.execute(READ, (owner, ecg_id))
    return rows[0]["result"] if rows else None
