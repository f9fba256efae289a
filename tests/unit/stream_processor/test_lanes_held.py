"""Lanes that do not go on, are given up or are full: what is told of them, and that they hold up no other."""

import asyncio
from collections.abc import Sequence

import pytest

from service_kit.engines.errors import EngineAwayError
from stream_processor import lane, lanes
from stream_processor.lanes import Lanes
from stream_processor.outcomes import Received
from stream_processor.retrying import Retrying
from tests.unit.stream_processor.finishing import Finishing, Log, event, made, settled, unforeseen


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

        async def finish(events: Sequence[Received], waiting: Retrying) -> None:
            if events[0].partition == 0 and not log.starts.get(0):
                await waiting.until_done(away)
            await finishing.finish(events, waiting)

        under_test = Lanes(finish, finishing.reached, log, unforeseen, batch_events=4, buffer_bytes=10**9)
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
        log.starts[0] = 5
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
    monkeypatch.setattr(lane, "_HELD_SECONDS", 0.0)

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
    monkeypatch.setattr(lane, "_HELD_SECONDS", 0.0)
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


def test_what_has_come_is_finished_before_all_is_taken_up_anew() -> None:
    """The log may have been cut: what is in memory is then all that is left of it."""

    async def scenario() -> None:
        log = Log()
        finishing = Finishing(log)
        under_test = made(log, finishing, batch_events=1)
        door = finishing.hold(0)
        for offset in range(3):
            under_test.put(event(0, offset))
        await settled()
        draining = asyncio.create_task(under_test.drain(timeout_seconds=5))
        await settled()
        assert not draining.done()
        door.set()
        await draining
        assert finishing.told[0] == [1, 2, 3]

    asyncio.run(scenario())


def test_offsets_that_are_gone_are_passed_over_behind_what_waits() -> None:
    async def scenario() -> None:
        log = Log()
        finishing = Finishing(log)
        under_test = made(log, finishing)
        under_test.put(event(0, 0))
        under_test.pass_over(0, 3)
        under_test.pass_over(0, 2)
        await settled()
        assert finishing.told[0][-1] == 3
        assert under_test.next_offset(0) == 3
        under_test.put(event(0, 3))
        await settled()
        assert finishing.told[0][-1] == 4

    asyncio.run(scenario())
