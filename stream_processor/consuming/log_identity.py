"""Is the topic still the log that offsets were counted in? Looked at when partitions are assigned and once a second.

Where a partition begins is decided when it is assigned (`stream_processor.consuming.beginning`), and nothing is read
before that. From then on Kafka is asked before every commit whether the topic is still the one it was and no
partition's leader was chosen anew: only then can a log have been cut. Where it may have been, what was finished since
the last commit counts for nothing, and all partitions are taken up anew, with the same look.
"""

import asyncio
import logging
from collections.abc import Collection, Mapping

from schemas.topics import UPLOADED
from service_kit.engines.errors import EngineAwayError
from service_kit.engines.kafka.publisher import ENGINE
from service_kit.engines.kafka.questions import Questions, TopicState
from stream_processor import metrics
from stream_processor.consuming.beginning import Beginning, Finding, beginning
from stream_processor.consuming.expired import Expired
from stream_processor.consuming.upload_log import UploadLog
from stream_processor.incarnations import Incarnations
from stream_processor.kafka_clock import KafkaClock
from stream_processor.marks import Mark, from_commit
from stream_processor.retrying import Retrying
from stream_processor.store import Store
from stream_processor.table_loss import TableLoss

_log = logging.getLogger(__name__)

GROUP = "stream_processor"


class LogIdentity:
    """What this worker stands on. `waiting` tells what it waits for, while it is being decided where to begin."""

    def __init__(
        self,
        questions: Questions,
        log: UploadLog,
        store: Store,
        table_loss: TableLoss,
        incarnations: Incarnations,
        expired: Expired,
        clock: KafkaClock,
    ) -> None:
        self.waiting = Retrying()
        self._questions = questions
        self._log = log
        self._store = store
        self._table_loss = table_loss
        self._incarnations = incarnations
        self._expired = expired
        self._clock = clock
        self._topic: TopicState | None = None
        self._beginnings: dict[int, Mark] = {}
        self._was_away = False

    @property
    def topic_id(self) -> str:
        """Of the topic that is read. Raises EngineAwayError while none is."""
        if self._topic is None:
            raise EngineAwayError(ENGINE, "nothing is read yet")
        return self._topic.id

    def beginnings(self) -> Mapping[int, Mark]:
        """Of each partition that was taken up, behind what reading began."""
        return self._beginnings

    def let_go(self) -> None:
        """Nothing that comes now is to be read, until partitions are taken up again."""
        self._beginnings = {}

    async def take_up(self, partitions: Collection[int]) -> None:
        """Decide where to begin to read the partitions, however long Kafka or Cassandra is waited for."""
        self._topic, self._beginnings = None, {}
        await self.waiting.until_done(lambda: self._take_up(partitions))

    async def holds(self) -> bool:
        """Whether the log still holds what was read from it up to now, and the store what was written to it.

        Raises EngineAwayError.
        """
        known = self._topic
        if known is None:
            return True
        try:
            now = await self._questions.topic(UPLOADED.name)
        except EngineAwayError:
            self._was_away = True
            raise
        if now is None:
            self._was_away = True
            raise EngineAwayError(ENGINE, "no topic of that name")
        if self._topic is not known:
            raise EngineAwayError(ENGINE, "partitions were taken up anew meanwhile")
        if now == known and not self._was_away:
            return await self._table_loss.holds(known.id)
        if now.id != known.id:
            _report(Finding.MADE_AGAIN, {"topic_id": now.id})
        return False

    async def _take_up(self, partitions: Collection[int]) -> None:
        topic = await self._questions.topic(UPLOADED.name)
        if topic is None:
            raise EngineAwayError(ENGINE, "no topic of that name")
        found, progress = await asyncio.gather(
            self._questions.committed(GROUP, UPLOADED.name, partitions),
            self._table_loss.progress(topic.id, partitions),
        )
        commits = {partition: from_commit(*commit) for partition, commit in found.items()}
        befores = {
            partition: commits[partition].mark.next_offset if partition in commits else 0
            for partition in partitions
        }
        extents = await self._log.extents(befores)
        if await self._questions.topic(UPLOADED.name) != topic:
            raise EngineAwayError(ENGINE, "the topic is changing")
        decided = {
            partition: beginning(topic.id, extent, commits.get(partition), progress.get(partition))
            for partition, extent in extents.items()
        }
        for partition, one in decided.items():
            await self._take_note(topic.id, partition, one)
        self._topic, self._was_away = topic, False
        self._beginnings = {partition: one.mark for partition, one in decided.items()}

    async def _take_note(self, topic_id: str, partition: int, found: Beginning) -> None:
        """What has to be known of a beginning before anything is read, for those who come after as well."""
        if found.finding is Finding.CUT:
            await self._incarnations.begin(topic_id, partition)
        if found.expired:
            await self._expired.record(topic_id, partition, found.expired, found.mark.time_ms)
        if found.finding is Finding.CUT or found.expired:
            # After a cut, what comes is at offsets that were passed before: nobody may be told that it is lost. What
            # expired was passed: its owner is told so, though nothing may come to this partition for long.
            offsets = {partition: found.mark.next_offset}
            await self._store.write_progress(
                topic_id, offsets, now=self._clock.now(), stamp=self._clock.stamp()
            )
        if found.finding is not Finding.GOES_ON:
            _report(found.finding, {"partition": partition, "begins": found.mark.next_offset})


def _report(finding: Finding, fields: dict[str, object]) -> None:
    metrics.LOG_CHANGES.labels(finding.value).inc()
    _log.error(_SAID[finding], extra=fields)


_SAID = {
    Finding.MADE_AGAIN: "the upload topic was made again: it is read from its beginning, and what was unread is lost",
    Finding.CUT: "the log was cut: the partition is read from its beginning",
    Finding.STORE_BEHIND: "the store has less than the group remembers: the partition is read from there",
}
