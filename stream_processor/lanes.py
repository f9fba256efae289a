"""A queue (lane) for each partition, worked through a batch at a time; no lane waits for another.

What waits in a lane becomes its next batch: an event alone is finished at once, a backlog in large batches.
A lane that cannot go on (an engine is away, the dead letters cannot be written) holds its own partition only.

A lane leaves no offset out (`stream_processor.lane`): where one is missing between two that came, Kafka is asked for
it before the lane goes on. So "everything before this offset is finished" is true of what is told of a lane, whatever
the client did with its buffers and positions.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from typing import Protocol

from schemas.topics import PARTITIONS
from stream_processor.lane import Gap, Lane, size_of
from stream_processor.marks import Mark, mark_after
from stream_processor.outcomes import Received
from stream_processor.retrying import Retrying

_log = logging.getLogger(__name__)

# How often it is looked whether a lane has become a held one.
_LOOK_SECONDS = 0.25
# A held lane's share of the buffer: as if all partitions were held by one worker.
_LANES_FULL = PARTITIONS
# What a lane that is taken away may still take to finish its batch, so that nobody has to do it again.
_DROP_SECONDS = 3.0


class Fetching(Protocol):
    """Where the events come from."""

    def stop(self, partition: int) -> None:
        """Fetch no more of a partition for now; what is on its way still comes."""

    def resume(self, partition: int) -> None:
        """Fetch on."""

    def began(self, partition: int) -> int | None:
        """Where this worker began to read the partition: everything before it is finished. None: it does not read it,
        and what still comes of it comes again to whoever does.
        """

    def between(
        self, partition: int, start: int, stop: int, waiting: Retrying
    ) -> AsyncIterator[Sequence[Received]]:
        """What Kafka holds of the offsets from `start` up to, not including, `stop`."""


class Lanes:
    """The lanes of this worker's partitions.

    `finish` returns when everything that follows from the events is durable; `reached` is told the mark before which a
    partition is finished. `failed` is told of a batch that cannot be finished; no further one begins then. The lanes
    that go on hold about `buffer_bytes` of events; each that is held, about a sixteenth of it.
    """

    def __init__(
        self,
        finish: Callable[[Sequence[Received], Retrying], Awaitable[None]],
        reached: Callable[[int, Mark], None],
        fetching: Fetching,
        failed: Callable[[BaseException], None],
        *,
        batch_events: int,
        buffer_bytes: int,
    ) -> None:
        self._finish = finish
        self._reached = reached
        self._fetching = fetching
        self._failed = failed
        self._batch_events = batch_events
        self._buffer_bytes = buffer_bytes
        self._lane_bytes = buffer_bytes // _LANES_FULL
        self._lanes: dict[int, Lane] = {}
        self._size = 0
        self._less = asyncio.Event()
        self._closed = False

    def put(self, event: Received) -> None:
        """Take an event; it will be finished when those before it are."""
        lane = self._lane(event.partition)
        if lane is None or not lane.add(event):
            return
        self._resize(lane, size_of(event))
        if lane.fetching and lane.size > self._lane_bytes and lane.is_held():
            lane.fetching = False
            self._fetching.stop(lane.partition)
        self._go_on(lane)

    def pass_over(self, partition: int, first: int) -> None:
        """Nothing before `first` will come any more: let that be found behind what waits."""
        lane = self._lane(partition)
        if lane is not None and lane.pass_over(first):
            self._go_on(lane)

    def next_offset(self, partition: int) -> int | None:
        """Of the event of the partition that is to come; None where none is read."""
        lane = self._lane(partition)
        return None if lane is None else lane.next_offset

    def oldest_ms(self) -> int | None:
        """When the oldest event that is not finished was written; None where none waits."""
        return min(
            (lane.oldest_ms for lane in self._lanes.values() if lane.oldest_ms is not None), default=None
        )

    async def room(self) -> None:
        """Return when there is room for another event."""
        while self._size >= self._buffer_bytes and self._size_going_on() >= self._buffer_bytes:
            self._less.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._less.wait(), _LOOK_SECONDS)

    async def drop(self) -> None:
        """Let go of all partitions: what is not finished soon is another's, or comes again."""
        dropped, self._lanes, self._size = list(self._lanes.values()), {}, 0
        for lane in dropped:
            lane.events.clear()
            if lane.task is not None and lane.waiting.cause is not None:
                lane.task.cancel()
            if not lane.fetching:
                self._fetching.resume(lane.partition)
        running = [lane.task for lane in dropped if lane.task is not None]
        if running:
            _, late = await asyncio.wait(running, timeout=_DROP_SECONDS)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late)
        self._less.set()

    async def drain(self, *, timeout_seconds: float) -> None:
        """Finish what has come, as far as that goes in the time: it may not come again."""
        running = [lane.task for lane in self._lanes.values() if lane.task is not None]
        if running:
            await asyncio.wait(running, timeout=timeout_seconds)

    async def close(self, *, timeout_seconds: float) -> bool:
        """Let no further batch begin; whether those under way were finished in time."""
        self._closed = True
        running = [lane.task for lane in self._lanes.values() if lane.task is not None]
        if not running:
            return True
        _, late = await asyncio.wait(running, timeout=timeout_seconds)
        return not late

    def held(self) -> Iterator[tuple[int, float, str]]:
        """Each partition that does not go on, since how many seconds, and what it waits for."""
        now = time.monotonic()
        for lane in list(self._lanes.values()):
            if lane.began is not None and lane.waiting.cause is not None:
                yield lane.partition, now - lane.began, lane.waiting.cause

    def _lane(self, partition: int) -> Lane | None:
        lane = self._lanes.get(partition)
        if lane is None and (began := self._fetching.began(partition)) is not None:
            lane = self._lanes[partition] = Lane(partition, began)
        return lane

    def _go_on(self, lane: Lane) -> None:
        if lane.task is None and not self._closed:
            lane.task = asyncio.create_task(self._run(lane))

    async def _run(self, lane: Lane) -> None:
        try:
            while lane.events and not self._closed:
                lane.began = time.monotonic()
                following = lane.take(self._batch_events)
                if isinstance(following, Gap):
                    await self._fill(lane, following)
                else:
                    await self._finish_batch(lane, following)
                lane.began = None
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001 - nothing of it is acknowledged; whoever is told judges it
            # What was taken out of the lane is not finished: nothing behind it may be.
            self._closed = True
            self._failed(error)
        finally:
            lane.task = None

    async def _finish_batch(self, lane: Lane, batch: Sequence[Received]) -> None:
        await self._finish(batch, lane.waiting)
        lane.unfinished_ms = None
        self._reached(lane.partition, mark_after(batch[-1]))
        self._resize(lane, -sum(map(size_of, batch)))
        if not lane.fetching and lane.size < self._lane_bytes / 2:
            lane.fetching = True
            self._fetching.resume(lane.partition)

    async def _fill(self, lane: Lane, gap: Gap) -> None:
        _log.warning(
            "asking for offsets that did not come",
            extra={"partition": lane.partition, "start": gap.start, "stop": gap.stop},
        )
        mark = Mark(gap.start)
        async for batch in self._fetching.between(lane.partition, gap.start, gap.stop, lane.waiting):
            await self._finish(batch, lane.waiting)
            mark = mark_after(batch[-1])
        # Where the last of them is gone there is nothing to know it by.
        self._reached(lane.partition, mark if mark.next_offset == gap.stop else Mark(gap.stop, mark.time_ms))

    def _resize(self, lane: Lane, change: int) -> None:
        lane.size += change
        if self._lanes.get(lane.partition) is lane:
            self._size += change
        if change < 0:
            self._less.set()

    def _size_going_on(self) -> int:
        return sum(lane.size for lane in self._lanes.values() if not lane.is_held())
