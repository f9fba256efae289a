"""However many one owner has waiting, the others go ahead; and no place is lost."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service_kit.callers.turns import Turns

ANN, BEN, CID = uuid4(), uuid4(), uuid4()


async def started(*coroutines: Coroutine[Any, Any, None]) -> list["asyncio.Task[None]"]:
    """Tasks that have come as far as they can, each before the next begins."""
    tasks = []
    for coroutine in coroutines:
        tasks.append(asyncio.create_task(coroutine))
        await asyncio.sleep(0)
    return tasks


def worker(turns: Turns, order: list[UUID]) -> Callable[[UUID], Coroutine[Any, Any, None]]:
    async def work(owner: UUID) -> None:
        async with turns.turn(owner):
            order.append(owner)
            await asyncio.sleep(0)

    return work


def run(play: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(play(), 10))


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ([ANN, ANN, ANN, BEN], [ANN, BEN, ANN, ANN]),
        ([ANN, ANN, ANN, BEN, BEN, CID], [ANN, BEN, CID, ANN, BEN, ANN]),
        ([ANN, BEN, ANN, BEN], [ANN, BEN, ANN, BEN]),
    ],
)
def test_owners_take_turns(asked: list[UUID], expected: list[UUID]) -> None:
    async def play() -> None:
        order: list[UUID] = []
        turns = Turns(1)
        work = worker(turns, order)
        async with turns.turn(ANN):
            tasks = await started(*map(work, asked))
            assert turns.waiting == len(asked)
        await asyncio.gather(*tasks)
        assert (order, turns.waiting) == (expected, 0)

    run(play)


@given(st.lists(st.tuples(st.sampled_from([ANN, BEN]), st.booleans()), max_size=12), st.integers(1, 3))
def test_no_place_is_lost_by_those_who_give_up(asked: list[tuple[UUID, bool]], places: int) -> None:
    async def play() -> None:
        turns = Turns(places)
        work = worker(turns, [])
        tasks = await started(*(work(owner) for owner, _ in asked))
        for task, (_, gives_up) in zip(tasks, asked, strict=True):
            if gives_up:
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        again = [asyncio.create_task(work(ANN)) for _ in range(places + 1)]
        await asyncio.gather(*again)

    run(play)


def test_who_is_called_and_gives_up_at_once_passes_the_place_on() -> None:
    async def play() -> None:
        order: list[UUID] = []
        turns = Turns(1)
        work = worker(turns, order)
        async with turns.turn(ANN):
            first, second = await started(work(BEN), work(CID))
        first.cancel()
        await second
        assert order == [CID]

    run(play)
