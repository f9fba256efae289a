"""The queue of one partition: its events, in order and none left out, while they wait to be finished.

An event that was finished or is in the lane already is not taken twice; where one is missing between two that came,
there is a gap in its place, for the offsets to be asked for.
"""

import asyncio
import time
from collections import deque
from dataclasses import dataclass, field
from typing import cast

from stream_processor.outcomes import Received
from stream_processor.retrying import Retrying

# A batch takes milliseconds. One that takes so long waits for something, and must not stop the others' reading.
_HELD_SECONDS = 1.0
# Headers and objects of an event that is small itself.
_OVERHEAD_BYTES = 2048


@dataclass(frozen=True, slots=True)
class Gap:
    """Offsets that did not come, from `start` up to, not including, `stop`."""

    start: int
    stop: int


@dataclass(eq=False, slots=True)
class Lane:
    """The events of one partition. `next_offset`: of the event to come. `size`: bytes not yet finished.

    `began`: when the batch under way did. `unfinished_ms`: when its first event was written. `fetching`: whether more
    events come.
    """

    partition: int
    next_offset: int
    events: deque[Received | Gap] = field(default_factory=deque)
    size: int = 0
    waiting: Retrying = field(default_factory=Retrying)
    began: float | None = None
    unfinished_ms: int | None = None
    fetching: bool = True
    task: "asyncio.Task[None] | None" = None

    def is_held(self) -> bool:
        """Whether the batch under way has taken too long."""
        return self.began is not None and time.monotonic() - self.began > _HELD_SECONDS

    def add(self, event: Received) -> bool:
        """Take an event behind those that wait; whether it was taken, as one that came before is not."""
        if event.offset < self.next_offset:
            return False
        if event.offset > self.next_offset:
            self.events.append(Gap(self.next_offset, event.offset))
        self.events.append(event)
        self.next_offset = event.offset + 1
        return True

    def pass_over(self, first: int) -> bool:
        """Take a gap up to `first` behind what waits; whether there is one."""
        if first <= self.next_offset:
            return False
        self.events.append(Gap(self.next_offset, first))
        self.next_offset = first
        return True

    @property
    def oldest_ms(self) -> int | None:
        """When the oldest event that is not finished was written, ms since the epoch; None where none waits."""
        if self.unfinished_ms is not None:
            return self.unfinished_ms
        return next((event.time_ms for event in self.events if isinstance(event, Received)), None)

    def take(self, most: int) -> Gap | list[Received]:
        """Take out the gap at the head, or at most so many of the events before the next one."""
        first = self.events.popleft()
        if isinstance(first, Gap):
            return first
        self.unfinished_ms = first.time_ms
        batch = [first]
        while self.events and len(batch) < most and not isinstance(self.events[0], Gap):
            batch.append(cast("Received", self.events.popleft()))
        return batch


def size_of(event: Received) -> int:
    """About the bytes of memory that an event takes."""
    return len(event.value or b"") + len(event.key or b"") + _OVERHEAD_BYTES
