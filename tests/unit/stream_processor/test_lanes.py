"""Lanes: each partition's events in order, nothing left out, nothing told before it is finished.

Kafka is not here: what the lanes take is a callable that finishes, one that is told, and where events come from,
each written down as a protocol or a type; the doubles below are of these, and do what a test tells them.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service_kit.errors import EngineAwayError
from stream_processor import lanes
from stream_processor.lanes import Lanes
from stream_processor.outcomes import Received
from stream_processor.waiting import Waiting

EVENT_BYTES = 10_000
PARTITIONS = range(3)


def event(partition: int, offset: int) -> Received:
    return Received("uploads", partition, offset, None, bytes(EVENT_BYTES), [])


class Log:
    """Where the events come from: a log of offsets without end, from which reading began at `began`."""

    def __init__(self, began: dict[int, int] | None = None) -> None:
        self.began = began or {}
        self.stopped: set[int] = set()

    def stop(self, partition: int) -> None:
        self.stopped.add(partition)

    def resume(self, partition: int) -> None:
        self.stopped.discard(partition)

    def committed(self, partition: int) -> int:
        return self.began.get(partition, 0)

    async def between(
        self, partition: int, start: int, stop: int, waiting: Waiting
    ) -> AsyncIterator[Sequence[Received]]:
        del waiting
        for offset in range(start, stop):
            await asyncio.sleep(0)
            yield [event(partition, offset)]


class Finishing:
    """Finishes batches when it may, and checks of what is told that it is true."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self.finished: dict[int, list[int]] = defaultdict(list)
        self.told: dict[int, list[int]] = defaultdict(list)
        self.batches: list[int] = []
        self.doors: dict[int, asyncio.Event] = {}

    async def finish(self, events: Sequence[Received], waiting: Waiting) -> None:
        partition = events[0].partition
        assert {one.partition for one in events} == {partition}

        async def attempt() -> None:
            await asyncio.sleep(0)

        await waiting.until_done(attempt)
        if partition in self.doors:
            await self.doors[partition].wait()
        self.batches.append(len(events))
        self.finished[partition] += [one.offset for one in events]

    def reached(self, partition: int, next_offset: int) -> None:
        began = self.log.committed(partition)
        assert self.finished[partition] == list(range(began, next_offset))
        self.told[partition].append(next_offset)

    def hold(self, partition: int) -> asyncio.Event:
        """Let nothing of the partition be finished until the event is set."""
        return self.doors.setdefault(partition, asyncio.Event())


def made(log: Log, finishing: Finishing, *, batch_events: int = 4, buffer_events: int = 1000) -> Lanes:
    return Lanes(
        finishing.finish,
        finishing.reached,
        log,
        batch_events=batch_events,
        buffer_bytes=buffer_events * EVENT_BYTES,
    )


async def settled() -> None:
    """Let everything that can go on do so."""
    for _ in range(200):
        await asyncio.sleep(0)


COMING = st.lists(
    st.tuples(st.sampled_from(PARTITIONS), st.integers(0, 12), st.booleans()), min_size=1, max_size=40
)


@given(began=st.dictionaries(st.sampled_from(PARTITIONS), st.integers(0, 5)), coming=COMING)
def test_whatever_comes_each_offset_is_finished_once_and_in_order(
    began: dict[int, int], coming: list[tuple[int, int, bool]]
) -> None:
    """Events come twice, too early, late or not at all: `Finishing.reached` sees no offset left out."""

    async def scenario() -> None:
        log = Log(began)
        finishing = Finishing(log)
        under_test = made(log, finishing)
        for partition, offset, pause in coming:
            under_test.put(event(partition, offset))
            if pause:
                await settled()
        await settled()
        for partition in PARTITIONS:
            start = log.committed(partition)
            last = max((offset for one, offset, _ in coming if one == partition), default=-1)
            assert finishing.finished[partition] == list(range(start, last + 1))
            assert finishing.told[partition] == sorted(set(finishing.told[partition]))
            if last >= start:
                assert finishing.told[partition][-1] == last + 1
        assert await under_test.close(timeout_seconds=0)

    asyncio.run(scenario())


@given(
    coming=st.lists(st.sampled_from(PARTITIONS), min_size=1, max_size=30),
    held=st.sets(st.sampled_from(PARTITIONS)),
)
def test_a_held_partition_holds_no_other(coming: list[int], held: set[int]) -> None:
    async def scenario() -> None:
        log = Log()
        finishing = Finishing(log)
        under_test = made(log, finishing)
        doors = [finishing.hold(partition) for partition in held]
        counts = {partition: coming.count(partition) for partition in PARTITIONS}
        numbers = dict.fromkeys(PARTITIONS, 0)
        for partition in coming:
            under_test.put(event(partition, numbers[partition]))
            numbers[partition] += 1
        await settled()
        for partition, count in counts.items():
            assert len(finishing.finished[partition]) == (0 if partition in held else count)
            assert bool(finishing.told[partition]) == bool(count and partition not in held)
        for door in doors:
            door.set()
        await settled()
        assert {one: len(finishing.finished[one]) for one in PARTITIONS} == counts

    asyncio.run(scenario())


def test_what_waits_becomes_the_next_batch() -> None:
    async def scenario() -> None:
        log = Log()
        finishing = Finishing(log)
        under_test = made(log, finishing)
        door = finishing.hold(0)
        under_test.put(event(0, 0))
        await settled()
        for offset in range(1, 7):
            under_test.put(event(0, offset))
        door.set()
        await settled()
        assert finishing.batches == [1, 4, 2]
        assert finishing.told[0] == [1, 5, 7]

    asyncio.run(scenario())


def test_what_is_dropped_while_it_waits_for_an_engine_is_never_told() -> None:
    """The partition is another's then, or begins anew where it was committed."""

    async def scenario() -> None:
        log = Log({1: 1})
        finishing = Finishing(log)
        calls = 0

        async def away() -> None:
            nonlocal calls
            calls += 1
            raise EngineAwayError("cassandra", "away")

        async def finish(events: Sequence[Received], waiting: Waiting) -> None:
            if events[0].partition == 0 and not log.began.get(0):
                await waiting.until_done(away)
            await finishing.finish(events, waiting)

        under_test = Lanes(finish, finishing.reached, log, batch_events=4, buffer_bytes=10**9)
        under_test.put(event(0, 0))
        under_test.put(event(0, 1))
        await settled()
        assert [(partition, cause) for partition, _, cause in under_test.held()] == [
            (0, "cassandra is away: away")
        ]
        await under_test.drop()
        assert not list(under_test.held())
        assert calls == 1
        assert not finishing.told
        # It comes back from where another has brought it.
        log.began[0] = 5
        under_test.put(event(0, 5))
        await settled()
        assert finishing.told == {0: [6]}

    asyncio.run(scenario())


def test_what_is_finished_soon_after_the_drop_is_told_and_what_waited_behind_it_is_not() -> None:
    async def scenario() -> None:
        log = Log()
        finishing = Finishing(log)
        under_test = made(log, finishing)
        door = finishing.hold(0)
        under_test.put(event(0, 0))
        await settled()
        under_test.put(event(0, 1))
        dropping = asyncio.create_task(under_test.drop())
        await settled()
        assert not dropping.done()
        door.set()
        await dropping
        assert finishing.told == {0: [1]}

    asyncio.run(scenario())


def test_what_is_not_finished_soon_after_the_drop_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "_DROP_SECONDS", 0.01)

    async def scenario() -> None:
        log = Log()
        finishing = Finishing(log)
        under_test = made(log, finishing)
        door = finishing.hold(0)
        under_test.put(event(0, 0))
        await settled()
        await under_test.drop()
        door.set()
        await settled()
        assert not finishing.told

    asyncio.run(scenario())


def test_a_full_buffer_stops_the_reading_until_there_is_room() -> None:
    async def scenario() -> None:
        log = Log()
        finishing = Finishing(log)
        under_test = made(log, finishing, buffer_events=2)
        door = finishing.hold(0)
        under_test.put(event(0, 0))
        await asyncio.wait_for(under_test.room(), 1)
        under_test.put(event(0, 1))
        reading = asyncio.create_task(under_test.room())
        await settled()
        assert not reading.done()
        door.set()
        await asyncio.wait_for(reading, 1)

    asyncio.run(scenario())


def test_a_held_lane_fills_its_own_share_and_then_only_its_partition_is_not_fetched(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lanes, "_HELD_SECONDS", 0.0)

    async def scenario() -> None:
        log = Log()
        finishing = Finishing(log)
        # A sixteenth: two events.
        under_test = made(log, finishing, buffer_events=32)
        door = finishing.hold(0)
        for offset in range(40):
            under_test.put(event(0, offset))
            under_test.put(event(1, offset))
            await asyncio.sleep(0.001)
        assert log.stopped == {0}
        # More than the buffer is there, but what goes on is not held up by what does not.
        await asyncio.wait_for(under_test.room(), 1)
        assert finishing.told[1][-1] == 40
        door.set()
        await settled()
        assert finishing.told[0][-1] == 40
        assert not log.stopped

    asyncio.run(scenario())


def test_dropping_lets_a_stopped_partition_be_fetched_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "_HELD_SECONDS", 0.0)
    monkeypatch.setattr(lanes, "_DROP_SECONDS", 0.01)

    async def scenario() -> None:
        log = Log()
        finishing = Finishing(log)
        under_test = made(log, finishing, buffer_events=32)
        finishing.hold(0)
        for offset in range(10):
            under_test.put(event(0, offset))
            await asyncio.sleep(0.001)
        assert log.stopped == {0}
        await under_test.drop()
        assert not log.stopped

    asyncio.run(scenario())


def test_closing_lets_the_batch_under_way_end_and_none_begin() -> None:
    async def scenario() -> None:
        log = Log()
        finishing = Finishing(log)
        under_test = made(log, finishing, batch_events=1)
        door = finishing.hold(0)
        under_test.put(event(0, 0))
        under_test.put(event(0, 1))
        await settled()
        assert not await under_test.close(timeout_seconds=0.01)
        door.set()
        assert await under_test.close(timeout_seconds=1)
        under_test.put(event(1, 0))
        await settled()
        assert finishing.told == {0: [1]}

    asyncio.run(scenario())


def test_a_failure_ends_the_process_and_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[BaseException] = []
    monkeypatch.setattr(lanes, "exit_unfinished", ended.append)

    async def scenario() -> None:
        log = Log()
        finishing = Finishing(log)
        failure = RuntimeError("unforeseen")

        async def fail(events: Sequence[Received], waiting: Waiting) -> None:
            raise failure

        under_test = Lanes(fail, finishing.reached, log, batch_events=4, buffer_bytes=10**9)
        under_test.put(event(0, 0))
        await settled()
        assert ended == [failure]
        assert not finishing.told

    asyncio.run(scenario())
