"""A client that cancels its own waits ends nobody's task; who is told to end does."""

import asyncio

import pytest

from service_kit import tasks


def test_a_client_that_breaks_off_while_it_ends_does_not_end_who_waits() -> None:
    async def broken_off() -> None:
        raise asyncio.CancelledError

    async def fails() -> None:
        raise OSError

    async def play() -> str:
        await tasks.bounded(broken_off(), 1)
        await tasks.bounded(fails(), 1)
        await tasks.bounded(asyncio.sleep(60), 0.01)
        return "still here"

    assert asyncio.run(play()) == "still here"


def test_who_is_told_to_end_ends() -> None:
    async def play() -> None:
        waiting = asyncio.create_task(tasks.bounded(asyncio.sleep(60), 60))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    asyncio.run(asyncio.wait_for(play(), 10))
