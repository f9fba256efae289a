"""Is the worker doing its work: how far behind it is, when it last finished something, whether its group
knows it, and if it does not go on, why.

A worker that is alive but outside its consumer group, or whose Faust app has crashed, ends itself: it would
otherwise look healthy for ever and do nothing.
"""

import asyncio
import logging
import time

import faust

from schemas.topics import UPLOADED
from service_kit.errors import EngineAwayError
from service_kit.kafka import Publisher
from stream_processor import metrics
from stream_processor.acknowledging import Acknowledging
from stream_processor.group import Group
from stream_processor.lanes import Lanes
from stream_processor.settings import Settings
from stream_processor.stopping import EXIT_FAILED, leave

_log = logging.getLogger(__name__)

_LOOK_EVERY_SECONDS = 1.0


class Watch:
    """Starts the worker once Kafka and the topic are there, and keeps an eye on it."""

    def __init__(
        self,
        settings: Settings,
        worker: faust.App,
        group: Group,
        lanes: Lanes,
        acknowledging: Acknowledging,
        publisher: Publisher,
    ) -> None:
        self._settings = settings
        self._worker = worker
        self._group = group
        self._lanes = lanes
        self._acknowledging = acknowledging
        self._publisher = publisher
        self._last_member = time.monotonic()
        self._last_current = time.monotonic()

    async def run(self) -> None:
        """Run for the life of the process. Ends the process where the worker cannot go on."""
        await self._wait_for_topic()
        self._worker.loop = asyncio.get_running_loop()
        self._worker.finalize()
        try:
            await self._worker.start()
        except Exception as error:  # noqa: BLE001 - whatever it was, a fresh process may start
            _log.error("the worker did not start", extra={"error": type(error).__name__})
            leave(EXIT_FAILED)
        self._last_member = time.monotonic()
        while True:
            await asyncio.sleep(_LOOK_EVERY_SECONDS)
            await self._look()

    async def healthy(self) -> bool:
        """Whether the worker is a member of its group, and every partition goes on that has events."""
        return not self._troubles()

    def details(self) -> dict[str, object]:
        """For whoever asks how it does: `why` is None where it is healthy, and may name a partition that is
        held before that makes it unready."""
        held = [
            f"partition {partition} is held for {seconds:.0f} s: {cause}"
            for partition, seconds, cause in self._lanes.held()
        ]
        return {
            "worker": {
                "group_member": self._group.is_member,
                "lag_events": self.lag(),
                "progress_age_seconds": round(self._acknowledging.seconds_since_progress(), 1),
                "why": "; ".join([*self._troubles(), *held]) or None,
            }
        }

    def lag(self) -> int:
        """Events of this worker's partitions that Kafka has and the worker has not finished."""
        behind = 0
        for partition, end in self._group.ends().items():
            done = self._acknowledging.next_offset(partition)
            behind += max(0, end - (self._group.committed(partition) if done is None else done))
        return behind

    def _troubles(self) -> list[str]:
        limit = self._settings.processor_stall_seconds
        found = []
        if not self._group.is_member:
            found.append("the worker is outside its consumer group")
        idle = self._acknowledging.seconds_since_progress()
        if self.lag() > 0 and min(idle, time.monotonic() - self._last_current) > limit:
            found.append(f"events are waiting and none was finished for {idle:.0f} s")
        if any(seconds > limit for _, seconds, _ in self._lanes.held()):
            found.append(f"a partition does not go on for more than {limit:.0f} s")
        return found

    async def _wait_for_topic(self) -> None:
        while True:
            try:
                if UPLOADED.name in await self._publisher.topics():
                    return
            except EngineAwayError:
                pass
            await asyncio.sleep(_LOOK_EVERY_SECONDS / 4)

    async def _look(self) -> None:
        if self._worker.should_stop:
            _log.error("the Faust app stopped by itself")
            leave(EXIT_FAILED)
        member, lag = self._group.is_member, self.lag()
        metrics.MEMBER.set(member)
        metrics.LAG.set(lag)
        metrics.HELD.set(sum(1 for _ in self._lanes.held()))
        metrics.PROGRESS_AGE.set(self._acknowledging.seconds_since_progress())
        if lag == 0:
            self._last_current = time.monotonic()
        if member or not await self._kafka_answers():
            self._last_member = time.monotonic()
        elif time.monotonic() - self._last_member > self._settings.processor_outside_group_seconds:
            _log.error("alive, but outside the consumer group")
            leave(EXIT_FAILED)

    async def _kafka_answers(self) -> bool:
        try:
            return await self._publisher.answers()
        except Exception:  # noqa: BLE001 - a question that fails is a no
            return False
