"""Does the worker do its work, and if it does not, why: for `/readyz`, for metrics, and for operators."""

import time
from collections.abc import Iterator

from stream_processor import metrics
from stream_processor.acknowledging import Acknowledging
from stream_processor.consuming.group import Group
from stream_processor.consuming.log_identity import LogIdentity
from stream_processor.consuming.membership import Membership
from stream_processor.consuming.retention_margin import RetentionMargin
from stream_processor.consuming.unread_loss import UnreadLoss
from stream_processor.lanes import Lanes
from stream_processor.table_loss import TableLoss


class Readiness:
    """How far behind the worker is, when it last finished something, and whether its group knows it.

    `stall_seconds`: with events waiting and none finished for so long, it is not ready.
    """

    def __init__(
        self,
        group: Group,
        membership: Membership,
        log_identity: LogIdentity,
        lanes: Lanes,
        acknowledging: Acknowledging,
        table_loss: TableLoss,
        retention_margin: RetentionMargin,
        unread_loss: UnreadLoss,
        *,
        stall_seconds: float,
    ) -> None:
        self._group = group
        self._membership = membership
        self._log_identity = log_identity
        self._lanes = lanes
        self._acknowledging = acknowledging
        self._table_loss = table_loss
        self._retention_margin = retention_margin
        self._unread_loss = unread_loss
        self._stall_seconds = stall_seconds
        self._last_current = time.monotonic()

    async def look(self) -> None:
        """See how it goes, about once a second, and measure it."""
        lag = self.lag()
        metrics.MEMBER.set(self._membership.is_member)
        metrics.PARTITIONS.set(len(self._group.partitions()))
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
        limit = self._stall_seconds
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
