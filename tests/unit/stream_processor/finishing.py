"""What lanes take, for their tests: a callable that finishes, one that is told, and where events come from.

Kafka is not here: each is written down as a protocol or a type, and the doubles do what a test tells them.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence

from stream_processor.lanes import Lanes
from stream_processor.marks import Mark
from stream_processor.outcomes import Received
from stream_processor.retrying import Retrying

EVENT_BYTES = 10_000
PARTITIONS = range(3)


def event(partition: int, offset: int) -> Received:
    return Received("uploads", partition, offset, None, bytes(EVENT_BYTES), [])


class Log:
    """Where the events come from: a log of offsets without end, from which reading began at `began`."""

    def __init__(self, began: dict[int, int] | None = None) -> None:
        self.starts = began or {}
        self.stopped: set[int] = set()

    def stop(self, partition: int) -> None:
        self.stopped.add(partition)

    def resume(self, partition: int) -> None:
        self.stopped.discard(partition)

    def began(self, partition: int) -> int:
        return self.starts.get(partition, 0)

    async def between(
        self, partition: int, start: int, stop: int, waiting: Retrying
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

    async def finish(self, events: Sequence[Received], waiting: Retrying) -> None:
        partition = events[0].partition
        assert {one.partition for one in events} == {partition}

        async def attempt() -> None:
            await asyncio.sleep(0)

        await waiting.until_done(attempt)
        if partition in self.doors:
            await self.doors[partition].wait()
        self.batches.append(len(events))
        self.finished[partition] += [one.offset for one in events]

    def reached(self, partition: int, mark: Mark) -> None:
        began = self.log.began(partition)
        assert self.finished[partition] == list(range(began, mark.next_offset))
        self.told[partition].append(mark.next_offset)

    def hold(self, partition: int) -> asyncio.Event:
        """Let nothing of the partition be finished until the event is set."""
        return self.doors.setdefault(partition, asyncio.Event())


def unforeseen(error: BaseException) -> None:
    """A lane failed, and none was to."""
    raise AssertionError from error


def made(log: Log, finishing: Finishing, *, batch_events: int = 4, buffer_events: int = 1000) -> Lanes:
    return Lanes(
        finishing.finish,
        finishing.reached,
        log,
        unforeseen,
        batch_events=batch_events,
        buffer_bytes=buffer_events * EVENT_BYTES,
    )


async def settled() -> None:
    """Let everything that can go on do so."""
    for _ in range(200):
        await asyncio.sleep(0)
