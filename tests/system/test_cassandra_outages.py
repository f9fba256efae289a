"""A service's way to a Cassandra that is killed or frozen, and how a process ends meanwhile."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from harness.databases import STATEMENT_SECONDS, connected, database, on_each_loop, read, run, write
from harness.querying import serving
from harness.running import Engines, local, read_run, supervised, until
from infra.paths import REPOSITORY
from service_kit.engines.errors import EngineAwayError

Loop = Callable[[], asyncio.AbstractEventLoop]
LIMIT_SECONDS = STATEMENT_SECONDS + 2.0
# A JVM that starts, on a machine with other work.
RESTART_SECONDS = 90.0
# Less than the driver waits for anything.
STOP_SECONDS = 5.0

# A process that forgets to close, with statements under way and its loop gone before the driver's threads are.
FORGETFUL = """
import asyncio, sys
from service_kit.engines.cassandra.database import Database
from service_kit.engines.errors import EngineAwayError
from harness import access

async def main():
    opened = Database(access.cassandra_settings(sys.argv[1]))
    await opened.open()
    while True:
        try:
            await opened.answers()
            break
        except EngineAwayError:
            await asyncio.sleep(0.05)
    print("connected", flush=True)
    sys.stdin.readline()
    asked = [asyncio.ensure_future(opened.answers()) for _ in range(200)]
    await asyncio.sleep(0.2)
    print("asked", flush=True)

asyncio.run(main())
"""


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The data folder of engines of this file's own."""
    var = tmp_path_factory.mktemp("outages")
    with supervised(var, "--engines-only"):
        yield var


@pytest.fixture
def own(var: Path) -> Engines:
    found = read_run(var)
    return Engines(found["kafka"], found["cassandra"], var / "keys")


def pid_of_cassandra(var: Path) -> int:
    pid: int = read_run(var)["pids"]["cassandra"]
    return pid


@on_each_loop
def test_a_node_that_was_killed_is_found_again(own: Engines, var: Path, loop: Loop) -> None:
    async def test() -> None:
        async with database(own.cassandra) as opened:
            await connected(opened)
            owner = uuid4()
            await write(opened, owner, "kept", "1")
            assert await read(opened, owner, "kept") == "1"
            killed = pid_of_cassandra(var)
            asked = [asyncio.create_task(read(opened, owner, "kept")) for _ in range(100)]
            await asyncio.sleep(0)
            os.kill(killed, signal.SIGKILL)
            found = await asyncio.wait_for(asyncio.gather(*asked, return_exceptions=True), LIMIT_SECONDS)
            assert all(one == "1" or isinstance(one, EngineAwayError) for one in found)
            with pytest.raises(EngineAwayError):
                await read(opened, owner, "kept")
            await connected(opened, RESTART_SECONDS)
            assert await read(opened, owner, "kept") == "1"

    run(test(), loop)
    # Which is when another may be killed.
    assert local(var, "start", "cassandra").returncode == 0


@on_each_loop
def test_a_frozen_node_is_noticed_in_time_and_found_again(own: Engines, var: Path, loop: Loop) -> None:
    async def test() -> None:
        async with database(own.cassandra) as opened:
            await connected(opened)
            owner = uuid4()
            await write(opened, owner, "kept", "1")
            assert await read(opened, owner, "kept") == "1"
            os.kill(pid_of_cassandra(var), signal.SIGSTOP)
            try:
                for _ in range(3):
                    began = time.monotonic()
                    with pytest.raises(EngineAwayError, match="OperationTimedOut"):
                        await read(opened, owner, "kept")
                    assert time.monotonic() - began < LIMIT_SECONDS
            finally:
                os.kill(pid_of_cassandra(var), signal.SIGCONT)
            await connected(opened)
            assert await read(opened, owner, "kept") == "1"

    run(test(), loop)


def test_a_service_stops_in_time_beside_a_frozen_node(own: Engines, var: Path, tmp_path: Path) -> None:
    """With a read under way, and without one."""
    for asked in (False, True):
        with serving(own, tmp_path) as query:
            user = query.new_user()
            os.kill(pid_of_cassandra(var), signal.SIGSTOP)
            try:
                if asked:
                    with pytest.raises(Exception, match="timed out"):
                        query.http.get(f"{query.url}/v1/ecgs", headers=user.headers, timeout=0.3)
                query.process.terminate()
                began = time.monotonic()
                assert query.process.wait(30) in (0, -signal.SIGTERM)
                assert time.monotonic() - began < STOP_SECONDS + (5.0 if asked else 0.0)
            finally:
                os.kill(pid_of_cassandra(var), signal.SIGCONT)


def test_a_process_ends_with_its_loop_even_if_nothing_was_closed(own: Engines, var: Path) -> None:
    command = [sys.executable, "-c", FORGETFUL, own.cassandra]
    with subprocess.Popen(
        command,
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "connected\n"
        os.kill(pid_of_cassandra(var), signal.SIGSTOP)
        try:
            process.stdin.write("\n")
            process.stdin.flush()
            assert process.stdout.readline() == "asked\n"
            began = time.monotonic()
            until(lambda: process.poll() is not None, "the end of a process", 30)
            assert time.monotonic() - began < STOP_SECONDS
        finally:
            os.kill(pid_of_cassandra(var), signal.SIGCONT)
            process.kill()
