"""Cassandra's name leads to another address from some moment on: everything goes on there, by itself."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest

from harness import access
from harness.databases import LOOPS, connected, database, read, run, write
from harness.moving import NAME, lead, moving
from harness.running import START_LIMIT_SECONDS
from service_kit.engines.errors import EngineAwayError

# Of a machine with other work: it is looked up again after five seconds without an answer.
FOUND_SECONDS = 60.0
# What the driver of one ring has, and what asyncio lends to it.
THREADS_OF_A_RING = 20


def test_a_node_that_comes_back_elsewhere_is_found_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On each kind of loop, side by side, as the node's starts are what takes long."""
    threads: list[int] = []
    hosts = iter(["127.0.0.2", "127.0.0.3"])

    def move() -> None:
        node.start(next(hosts))

    def count() -> None:
        threads.append(threading.active_count())

    def kill() -> None:
        count()
        node.kill()

    killed, moved, counted = (
        threading.Barrier(len(LOOPS), action, START_LIMIT_SECONDS) for action in (kill, move, count)
    )

    async def goes_on() -> None:
        async with database(f"{NAME}:{node.port}") as opened:
            await connected(opened)
            owner = uuid4()
            await write(opened, owner, "kept", "1")
            assert await read(opened, owner, "kept") == "1"
            for _ in range(2):
                await asyncio.to_thread(killed.wait)
                under_way = [asyncio.create_task(read(opened, owner, "kept")) for _ in range(100)]
                found = await asyncio.gather(*under_way, return_exceptions=True)
                assert all(one == "1" or isinstance(one, EngineAwayError) for one in found)
                await asyncio.to_thread(moved.wait)
                await connected(opened, FOUND_SECONDS)
                assert await read(opened, owner, "kept") == "1"
                await write(opened, owner, "kept", "1")
            await asyncio.to_thread(counted.wait)

    with moving(tmp_path) as node:
        lead(NAME, node, monkeypatch)
        node.start("127.0.0.1")
        access.apply_tables(f"127.0.0.1:{node.port}")
        with ThreadPoolExecutor(len(LOOPS)) as pool:
            list(pool.map(lambda loop: run(goes_on(), loop), LOOPS))
    before, _, after = threads
    assert after < before + len(LOOPS) * THREADS_OF_A_RING
