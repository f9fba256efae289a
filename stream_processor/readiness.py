"""Is the worker doing its work: how far behind it is, when it last finished something, whether its group
knows it, and if it does not go on, why.

A worker that is alive but outside its consumer group, or whose Faust app has crashed, ends itself: it would
otherwise look healthy for ever and do nothing. So does one whose name another worker has.
"""

import asyncio
import logging
import time
from collections.abc import Iterator

from schemas.topics import UPLOADED
from service_kit.engines.errors import EngineAwayError
from service_kit.engines.kafka.questions import Questions
from stream_processor import metrics
from stream_processor.acknowledging import Acknowledging
from stream_processor.consuming.group import Group
from stream_processor.consuming.intake import App
from stream_processor.consuming.log_identity import LogIdentity
from stream_processor.consuming.membership import Membership, TwinError
from stream_processor.consuming.retention_margin import RetentionMargin
from stream_processor.consuming.unread_loss import UnreadLoss
from stream_processor.lanes import Lanes
from stream_processor.settings import Settings
from stream_processor.stopping import EXIT_FAILED, EXIT_TWIN, leave
from stream_processor.table_loss import TableLoss

_log = logging.getLogger(__name__)

_LOOK_EVERY_SECONDS = 1.0
# A rebalance is over sooner; who still has no partitions then asks for some, and again after as long.
_TOO_FEW_SECONDS = 2.0


class Readiness:
    """Starts the worker once Kafka and the topic are there, and keeps an eye on it."""

    def __init__(
        self,
        settings: Settings,
        worker: App,
        group: Group,
        membership: Membership,
        log_identity: LogIdentity,
        lanes: Lanes,
        acknowledging: Acknowledging,
        table_loss: TableLoss,
        questions: Questions,
        retention_margin: RetentionMargin,
        unread_loss: UnreadLoss,
    ) -> None:
        self._settings = settings
        self._worker = worker
        self._group = group
        self._membership = membership
        self._log_identity = log_identity
        self._lanes = lanes
        self._acknowledging = acknowledging
        self._table_loss = table_loss
        self._questions = questions
        self._retention_margin = retention_margin
        self._unread_loss = unread_loss
        self._last_member = time.monotonic()
        self._last_current = time.monotonic()
        self._last_shared = time.monotonic()

    async def run(self) -> None:
        """Run for the life of the process. Ends the process where the worker cannot go on."""
        try:
            self._worker.conf.consumer_group_instance_id = await self._membership.enter(
                await self._topic_id()
            )
        except TwinError as error:
            _leave_to(error)
        self._worker.loop = asyncio.get_running_loop()
        self._worker.finalize()
        try:
            await self._worker.start()
        except Exception as error:  # noqa: BLE001 - whatever it was, a fresh process may start
            _log.error("the worker did not start", extra={"error": type(error).__name__})
            leave(EXIT_FAILED)
        self._last_member = self._last_shared = time.monotonic()
        while True:
            await asyncio.sleep(_LOOK_EVERY_SECONDS)
            await self._look()

    async def healthy(self) -> bool:
        """Whether the worker is a member of its group, and every partition goes on that has events."""
        return not any(self._troubles())

    def details(self) -> dict[str, object]:
        """For whoever asks how it does: `why` is None where it is healthy, and may name a partition that is
        held before that makes it unready."""
        held = [
            f"partition {partition} is held for {seconds:.0f} s: {cause}"
            for partition, seconds, cause in self._lanes.held()
        ]
        return {
            "worker": {
                "group_member": self._membership.is_member,
                "partitions": len(self._group.partitions()),
                "lag_events": self.lag(),
                "progress_age_seconds": round(self._acknowledging.seconds_since_progress(), 1),
                "why": "; ".join([*self._troubles(), *held]) or None,
            }
        }

    def lag(self) -> int:
        """Events of this worker's partitions that Kafka has and the worker has not finished."""
        return sum(max(0, behind) for behind in self._behind().values())

    def _behind(self) -> dict[int, int]:
        """Of each partition, the events not finished. Below zero, its log ends before what was finished."""
        behind = {}
        for partition, end in self._group.ends().items():
            finished = self._acknowledging.finished(partition)
            done = self._group.began(partition) if finished is None else finished.next_offset
            if done is not None:
                behind[partition] = end - done
        return behind

    def _troubles(self) -> Iterator[str]:
        limit = self._settings.processor_stall_seconds
        if not self._membership.is_member:
            yield "the worker is outside its consumer group"
        if self._membership.has_too_few:
            yield "the worker reads no partition, though there are enough for all"
        for cause in (self._membership.waiting.cause, self._log_identity.waiting.cause):
            if cause is not None:
                yield f"where to begin is not known: {cause}"
        if any(behind < 0 for behind in self._behind().values()):
            yield "a log ends before what was read from it"
        idle = self._acknowledging.seconds_since_progress()
        if self.lag() > 0 and min(idle, time.monotonic() - self._last_current) > limit:
            yield f"events are waiting and none was finished for {idle:.0f} s"
        if any(seconds > limit for _, seconds, _ in self._lanes.held()):
            yield f"a partition does not go on for more than {limit:.0f} s"
        for trouble in (self._retention_margin.trouble, self._table_loss.trouble):
            if trouble is not None:
                yield trouble

    async def _topic_id(self) -> str:
        while True:
            try:
                topic = await self._questions.topic(UPLOADED.name)
            except EngineAwayError:
                topic = None
            if topic is not None:
                return topic.id
            await asyncio.sleep(_LOOK_EVERY_SECONDS / 4)

    async def _look(self) -> None:
        if self._worker.should_stop:
            _log.error("the Faust app stopped by itself")
            leave(EXIT_FAILED)
        partitions = self._group.partitions()
        kafka_answers = True
        try:
            await self._membership.look(self._group.member_id(), len(partitions))
        except EngineAwayError:
            kafka_answers = False
        except TwinError as error:
            _leave_to(error)
        member, lag = self._membership.is_member, self.lag()
        metrics.MEMBER.set(member)
        metrics.PARTITIONS.set(len(partitions))
        metrics.LAG.set(lag)
        metrics.WAITING.set(sum(1 for _ in self._lanes.held()))
        metrics.PROGRESS_AGE.set(self._acknowledging.seconds_since_progress())
        await self._retention_margin.look(self._lanes.oldest_ms())
        if lag == 0:
            self._last_current = time.monotonic()
            if self._log_identity.beginnings():
                self._table_loss.caught_up()
        else:
            await self._unread_loss.look(self._behind())
        await self._mind_membership(member or not kafka_answers)

    async def _mind_membership(self, fine: bool) -> None:
        now = time.monotonic()
        if fine:
            self._last_member = now
        elif now - self._last_member > self._settings.processor_outside_group_seconds:
            _log.error("alive, but outside the consumer group")
            leave(EXIT_FAILED)
        if not self._membership.has_too_few:
            self._last_shared = now
        elif now - self._last_shared > _TOO_FEW_SECONDS:
            _log.error("without partitions in the group, asking for some")
            self._last_shared = now
            await self._group.rejoin()


def _leave_to(error: TwinError) -> None:
    _log.error(f"two workers have one name, this one stops: {error}")
    leave(EXIT_TWIN)
