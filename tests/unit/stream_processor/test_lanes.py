"""Lanes: each partition's events in order, nothing left out, nothing told before it is finished."""

import asyncio
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from stream_processor.lanes import Lanes
from stream_processor.outcomes import Received
from stream_processor.retrying import Retrying
from tests.unit.stream_processor.finishing import PARTITIONS, Finishing, Log, event, made, settled

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
            start = log.began(partition)
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


def test_behind_a_batch_that_fails_nothing_begins_and_nothing_is_told() -> None:
    """Or the next batch of the partition would tell that all before it is finished."""

    async def scenario() -> None:
        log = Log()
        finishing = Finishing(log)
        failure = RuntimeError("unforeseen")
        failed: list[BaseException] = []

        async def fail(events: Sequence[Received], waiting: Retrying) -> None:
            if events[0].offset == 0:
                raise failure

        under_test = Lanes(fail, finishing.reached, log, failed.append, batch_events=1, buffer_bytes=10**9)
        for partition, offset in ((0, 0), (0, 1)):
            under_test.put(event(partition, offset))
        await settled()
        for partition, offset in ((0, 2), (1, 0)):
            under_test.put(event(partition, offset))
        await settled()
        assert failed == [failure]
        assert not finishing.told

    asyncio.run(scenario())
