"""Progress first, then the commit, and neither ever of what is not finished."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service_kit.engines.errors import EngineAwayError
from stream_processor import acknowledging
from stream_processor.acknowledging import Acknowledging, Marks, Offsets
from stream_processor.marks import Mark

PARTITIONS = range(3)


class Books:
    """What was written and committed, while the two may fail."""

    def __init__(self) -> None:
        self.written: Offsets = {}
        self.committed: Offsets = {}
        self.writes = True
        self.commits = True
        self.door: asyncio.Event | None = None
        self.answers = self.same = True
        self.started_over = 0

    async def write(self, offsets: Offsets) -> None:
        if self.door is not None:
            await self.door.wait()
        if not self.writes:
            raise EngineAwayError("cassandra", "away")
        self.written.update(offsets)

    async def commit(self, marks: Marks) -> bool:
        offsets = {partition: mark.next_offset for partition, mark in marks.items()}
        # The progress of what is committed has been written.
        assert all(self.written[partition] >= offset for partition, offset in offsets.items())
        if self.commits:
            self.committed.update(offsets)
        return self.commits

    async def holds(self) -> bool:
        if not self.answers:
            raise EngineAwayError("kafka", "away")
        return self.same

    async def start_over(self) -> None:
        self.started_over += 1


def keeping(books: Books) -> Acknowledging:
    return Acknowledging(books.write, books.commit, books.holds, books.start_over)


async def running(scenario: Coroutine[Any, Any, None], under_test: Acknowledging) -> None:
    """Run the scenario beside what runs for the life of the process."""
    life = asyncio.create_task(under_test.run())
    try:
        await scenario
    finally:
        life.cancel()
        await asyncio.gather(life, return_exceptions=True)


async def seen(what: Offsets, where: Offsets) -> None:
    """Wait until it is in the books."""
    async with asyncio.timeout(5):
        while where != what:
            await asyncio.sleep(0.001)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acknowledging, "_COMMIT_EVERY_SECONDS", 0.005)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(PARTITIONS), st.integers(1, 5)),
        st.sampled_from(["flush", "forget", "writes", "commits"]),
    ),
    max_size=30,
)


@given(steps=STEPS)
def test_what_is_committed_was_written_and_what_was_written_was_reached(
    steps: list[tuple[int, int] | str],
) -> None:
    """Whatever fails and whenever partitions go: `Books.commit` sees no offset whose progress is not written."""

    async def scenario() -> None:
        books = Books()
        under_test = keeping(books)
        reached: Offsets = {}
        for step in steps:
            match step:
                case "flush":
                    await under_test.flush(timeout_seconds=1)
                    if books.writes and books.commits:
                        owned = {
                            one: mark.next_offset for one in reached if (mark := under_test.finished(one))
                        }
                        assert {one: books.committed.get(one) for one in owned} == owned
                case "forget":
                    under_test.forget()
                case "writes":
                    books.writes = not books.writes
                case "commits":
                    books.commits = not books.commits
                case partition, by if isinstance(partition, int) and isinstance(by, int):
                    reached[partition] = reached.get(partition, 0) + by
                    under_test.reached(partition, Mark(reached[partition]))
            for book in (books.written, books.committed):
                assert all(offset <= reached[partition] for partition, offset in book.items())

    asyncio.run(scenario())


def test_progress_is_written_at_once_and_committed_soon() -> None:
    books = Books()
    under_test = keeping(books)

    async def scenario() -> None:
        under_test.reached(0, Mark(5))
        await seen({0: 5}, books.written)
        under_test.reached(0, Mark(7))
        under_test.reached(1, Mark(2))
        await seen({0: 7, 1: 2}, books.committed)

    asyncio.run(running(scenario(), under_test))


def test_while_progress_cannot_be_written_nothing_is_committed_and_then_the_latest() -> None:
    books = Books()
    books.writes = False
    under_test = keeping(books)

    async def scenario() -> None:
        under_test.reached(0, Mark(5))
        await asyncio.sleep(0.03)
        under_test.reached(0, Mark(9))
        assert not books.committed
        books.writes = True
        await seen({0: 9}, books.committed)

    asyncio.run(running(scenario(), under_test))


def test_a_refused_commit_is_tried_again() -> None:
    books = Books()
    books.commits = False
    under_test = keeping(books)

    async def scenario() -> None:
        under_test.reached(0, Mark(5))
        await asyncio.sleep(0.03)
        books.commits = True
        await seen({0: 5}, books.committed)

    asyncio.run(running(scenario(), under_test))


def test_a_commit_that_fails_unforeseen_ends_nothing() -> None:
    books = Books()
    calls = 0

    async def commit(offsets: Marks) -> bool:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise RuntimeError("unforeseen")
        return await books.commit(offsets)

    under_test = Acknowledging(books.write, commit, books.holds, books.start_over)

    async def scenario() -> None:
        under_test.reached(0, Mark(5))
        await seen({0: 5}, books.committed)

    asyncio.run(running(scenario(), under_test))


def test_a_write_that_outlives_a_rebalance_brings_nothing_forgotten_back() -> None:
    """Another worker may have committed further meanwhile."""
    books = Books()
    books.door = asyncio.Event()
    under_test = keeping(books)

    async def scenario() -> None:
        assert books.door is not None
        under_test.reached(0, Mark(5))
        under_test.reached(1, Mark(3))
        await asyncio.sleep(0.01)
        under_test.forget()
        books.door.set()
        # Of the two, this one came back, from further on.
        under_test.reached(1, Mark(8))
        await seen({1: 8}, books.committed)
        await asyncio.sleep(0.02)
        assert books.committed == {1: 8}

    asyncio.run(running(scenario(), under_test))


def test_a_flush_ends_in_its_time_however_long_the_engine_takes() -> None:
    books = Books()
    books.door = asyncio.Event()
    under_test = keeping(books)

    async def scenario() -> None:
        under_test.reached(0, Mark(5))
        async with asyncio.timeout(1):
            await under_test.flush(timeout_seconds=0.02)
        assert not books.committed

    asyncio.run(running(scenario(), under_test))


def test_a_write_that_fails_unforeseen_is_seen() -> None:
    """The process ends by it: see `stopping.Failure`."""

    async def write(offsets: Offsets) -> None:
        raise RuntimeError("unforeseen")

    books = Books()
    under_test = Acknowledging(write, books.commit, books.holds, books.start_over)
    under_test.reached(0, Mark(1))
    with pytest.raises(RuntimeError):
        asyncio.run(under_test.run())


def test_of_a_log_that_is_another_nothing_is_committed() -> None:
    """What is finished by then was counted in a log that is no more."""
    books = Books()
    books.same = False
    under_test = keeping(books)

    async def scenario() -> None:
        under_test.reached(0, Mark(5))
        async with asyncio.timeout(5):
            while not books.started_over:
                await asyncio.sleep(0.001)
        assert not books.committed

    asyncio.run(running(scenario(), under_test))


def test_while_there_is_no_telling_nothing_is_committed_and_nothing_started_over() -> None:
    books = Books()
    books.answers = False
    under_test = keeping(books)

    async def scenario() -> None:
        under_test.reached(0, Mark(5))
        await seen({0: 5}, books.written)
        await asyncio.sleep(0.03)
        assert not books.committed
        books.answers = True
        await seen({0: 5}, books.committed)
        assert not books.started_over

    asyncio.run(running(scenario(), under_test))
