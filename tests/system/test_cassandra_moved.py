"""Cassandra's name leads to another address from some moment on: everything goes on there, by itself."""

import asyncio
import threading
import time
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from harness.databases import connected, database, on_each_loop, read, run, write
from harness.moving import NAME, lead, moving
from infra.apply.tables import apply_tables
from service_kit.engines.errors import EngineAwayError

Loop = Callable[[], asyncio.AbstractEventLoop]
# Of a machine with other work: it is looked up again after five seconds without an answer.
FOUND_SECONDS = 60.0
# What the driver of one ring has, and what asyncio lends to it.
THREADS_OF_A_RING = 20


@on_each_loop
def test_a_node_that_comes_back_elsewhere_is_found_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loop: Loop
) -> None:
    async def test() -> None:
        async with database(f"{NAME}:{node.port}") as opened:
            await connected(opened)
            owner = uuid4()
            await write(opened, owner, "kept", "1")
            assert await read(opened, owner, "kept") == "1"
            before = threading.active_count()
            for host in ("127.0.0.2", "127.0.0.3"):
                node.kill()
                under_way = [asyncio.create_task(read(opened, owner, "kept")) for _ in range(100)]
                found = await asyncio.gather(*under_way, return_exceptions=True)
                assert all(one == "1" or isinstance(one, EngineAwayError) for one in found)
                await asyncio.to_thread(node.start, host)
                await connected(opened, FOUND_SECONDS)
                assert await read(opened, owner, "kept") == "1"
                await write(opened, owner, "kept", "1")
            assert threading.active_count() < before + THREADS_OF_A_RING

    with moving(tmp_path) as node:
        lead(NAME, node, monkeypatch)
        node.start("127.0.0.1")
        apply_tables([f"127.0.0.1:{node.port}"], replication=1)
        began = time.monotonic()
        run(test(), loop)
        print(f"moved twice in {time.monotonic() - began:.1f} s")
