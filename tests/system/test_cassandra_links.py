"""The way to Cassandra when the network is bad, large, or full: on either loop, against a real node."""

import asyncio
import gc
import threading
import time
from collections.abc import Callable
from uuid import uuid4

import pytest

from harness.databases import (
    READ,
    STATEMENT_SECONDS,
    connected,
    database,
    linked,
    on_each_loop,
    read,
    run,
    write,
)
from harness.running import Engines
from service_kit.engines.errors import EngineAwayError

Loop = Callable[[], asyncio.AbstractEventLoop]
# However busy the machine is.
LIMIT_SECONDS = STATEMENT_SECONDS + 20.0
# More than one connection takes.
TOO_MANY = 2**14 + 1_000
# Of a hundred statements, which the driver's own wait would hold for 2 s each; machines have other work.
LONGEST_HOLD_SECONDS = 10.0


@on_each_loop
def test_it_carries_what_is_larger_than_any_buffer(engines: Engines, loop: Loop) -> None:
    async def test() -> None:
        async with linked(engines) as (link, address), database(address, seconds=20.0) as opened:
            await connected(opened)
            owner, large = uuid4(), "ecg" * 2_500_000
            link.delay_seconds = 0.05
            await write(opened, owner, "large", large)
            await asyncio.gather(*(write(opened, owner, f"small-{n}", str(n)) for n in range(500)))
            names = ["large", *(f"small-{n}" for n in range(500))]
            found = await asyncio.gather(*(read(opened, owner, name) for name in names))
            assert found == [large, *map(str, range(500))]

    run(test(), loop)


@on_each_loop
def test_a_group_has_its_rows_in_order_and_may_be_empty(engines: Engines, loop: Loop) -> None:
    async def test() -> None:
        async with database(engines.cassandra) as opened:
            await connected(opened)
            owner = uuid4()
            await write(opened, owner, "there", "1")
            rows = await opened.execute_all([(READ, (owner, name)) for name in ("none", "there", "none")])
            assert rows == [[], [{"result": "1"}], []]
            assert await opened.execute_all([]) == []

    run(test(), loop)


@on_each_loop
def test_cut_in_the_middle_of_requests_it_says_so_and_connects_again(engines: Engines, loop: Loop) -> None:
    async def test() -> None:
        async with linked(engines) as (link, address), database(address) as opened:
            await connected(opened)
            owner = uuid4()
            await write(opened, owner, "kept", "1")
            assert await read(opened, owner, "kept") == "1"
            link.delay_seconds = 0.3
            # More than the driver ends in one thread.
            asked = [asyncio.create_task(read(opened, owner, "kept")) for _ in range(300)]
            await asyncio.sleep(0.1)
            assert link.cut(1.0) >= 2
            found = await asyncio.wait_for(asyncio.gather(*asked, return_exceptions=True), LIMIT_SECONDS)
            assert {type(one) for one in found} == {EngineAwayError}
            link.delay_seconds = 0.0
            await connected(opened)
            assert await read(opened, owner, "kept") == "1"

            assert link.cut(1.0) >= 1
            await connected(opened)

    run(test(), loop)


@on_each_loop
def test_a_black_hole_is_noticed_in_time_and_left_again(engines: Engines, loop: Loop) -> None:
    async def test() -> None:
        async with linked(engines) as (link, address), database(address) as opened:
            await connected(opened)
            owner = uuid4()
            await write(opened, owner, "kept", "1")
            assert await read(opened, owner, "kept") == "1"
            link.swallows = True
            for _ in range(3):
                began = time.monotonic()
                with pytest.raises(EngineAwayError, match="OperationTimedOut"):
                    await read(opened, owner, "kept")
                assert STATEMENT_SECONDS * 0.9 < time.monotonic() - began < LIMIT_SECONDS
            link.swallows = False
            await connected(opened)
            assert await read(opened, owner, "kept") == "1"

    run(test(), loop)


@on_each_loop
def test_more_than_a_connection_takes_is_refused_and_holds_nothing_up(engines: Engines, loop: Loop) -> None:
    async def test() -> None:
        async with linked(engines) as (link, address), database(address) as opened:
            await connected(opened)
            owner = uuid4()
            await write(opened, owner, "kept", "1")
            await read(opened, owner, "kept")
            link.swallows = True
            asked = []
            holds = []
            # A full collection of so many tasks is no work of a connection's.
            gc.disable()
            try:
                for _ in range(TOO_MANY // 100):
                    began = time.monotonic()
                    asked += [asyncio.create_task(read(opened, owner, "kept")) for _ in range(100)]
                    await asyncio.sleep(0)
                    holds.append(time.monotonic() - began)
            finally:
                gc.enable()
            assert max(holds) < LONGEST_HOLD_SECONDS
            found = await asyncio.gather(*asked, return_exceptions=True)
            assert {type(one) for one in found} == {EngineAwayError}
            assert {"OperationTimedOut", "NoHostAvailable"} == {str(one).rpartition(" ")[2] for one in found}
            link.swallows = False
            await connected(opened)
            async with asyncio.timeout(LIMIT_SECONDS):
                answers: set[object] = set()
                while answers != {"1"}:
                    reads = [read(opened, owner, "kept") for _ in range(100)]
                    answers = set(await asyncio.gather(*reads, return_exceptions=True))

    run(test(), loop)


@on_each_loop
def test_a_node_that_reads_nothing_is_sent_a_bounded_amount(engines: Engines, loop: Loop) -> None:
    async def test() -> None:
        async with linked(engines) as (link, address), database(address) as opened:
            await connected(opened)
            owner, large = uuid4(), "ecg" * 300_000
            await write(opened, owner, "large", large)
            link.swallows = True
            asked = [asyncio.create_task(write(opened, owner, "large", large)) for _ in range(100)]
            done, _ = await asyncio.wait(asked, timeout=STATEMENT_SECONDS / 2)
            assert 20 < len(done) < 90
            found = await asyncio.gather(*asked, return_exceptions=True)
            assert {type(one) for one in found} == {EngineAwayError}
            link.swallows = False
            await connected(opened)
            assert await read(opened, owner, "large") == large

    run(test(), loop)


@on_each_loop
@pytest.mark.parametrize("known", [True, False])
def test_it_closes_at_once_in_a_black_hole(engines: Engines, loop: Loop, known: bool) -> None:
    """Connected before, or still connecting; with requests under way."""

    async def test() -> None:
        async with linked(engines) as (link, address):
            link.swallows = not known
            async with database(address) as opened:
                if known:
                    await connected(opened)
                    link.swallows = True
                    asked = [asyncio.create_task(opened.answers()) for _ in range(200)]
                    await asyncio.sleep(0.1)
                else:
                    asked = []
                    await asyncio.sleep(0.5)
                began = time.monotonic()
            assert time.monotonic() - began < STATEMENT_SECONDS
            found = await asyncio.wait_for(asyncio.gather(*asked, return_exceptions=True), LIMIT_SECONDS)
            assert all(isinstance(one, EngineAwayError) for one in found)

    before = threading.active_count()
    began = time.monotonic()
    run(test(), loop)
    assert time.monotonic() - began < LIMIT_SECONDS
    assert threading.active_count() <= before
