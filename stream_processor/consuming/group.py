"""The Kafka consumer group as this worker sees it: which partitions it reads, what it commits, what it hands over.

Faust keeps its Kafka client in a thread of its own and has no public way to it: `_thread`, its `_consumer` and its
`call_thread` are reached here.
"""

import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from typing import Any, cast

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.structs import OffsetAndMetadata
from faust.transport.consumer import Consumer
from faust.types import TP

from schemas.topics import UPLOADED
from service_kit.engines.kafka import group_member
from stream_processor.acknowledging import Acknowledging, Marks, Offsets
from stream_processor.consuming.expired import Expired
from stream_processor.consuming.intake import App
from stream_processor.consuming.log_identity import LogIdentity
from stream_processor.consuming.upload_log import UploadLog
from stream_processor.lanes import Lanes
from stream_processor.marks import to_metadata
from stream_processor.outcomes import Received
from stream_processor.retrying import Retrying

_log = logging.getLogger(__name__)

# Handing over must end before the group stops waiting for this worker.
_HAND_OVER_SECONDS = 3.0
# What is in memory may be all that is left of an upload: the engines are given the time in which they are asked again.
_DRAIN_SECONDS = 10.0


class Group:
    """The consumer group as this worker sees it. Also where its lanes' events come from."""

    def __init__(self, app: App, log_identity: LogIdentity, log: UploadLog, expired: Expired) -> None:
        self._app = app
        self._log_identity = log_identity
        self._uploads = log
        self._expired = expired

    def hand_over_by(
        self, lanes: Lanes, acknowledging: Acknowledging, forgetting: Sequence[Callable[[], None]]
    ) -> None:
        """In every rebalance finish what is under way, commit it, let go of the rest, and have `forgetting` forget what
        others may change.
        """

        async def hand_over(*_: Any, **__: Any) -> None:
            self._log_identity.let_go()
            await lanes.drop()
            await acknowledging.flush(timeout_seconds=_HAND_OVER_SECONDS)
            for forget in forgetting:
                forget()

        self._app.on_partitions_revoked.connect(hand_over)

    async def start_over(self, lanes: Lanes, forgetting: Sequence[Callable[[], None]]) -> None:
        """Read what was not committed once more, and look at the log before: it may not be what it was."""
        self._app.stop_reading()
        self._log_identity.let_go()
        await lanes.drain(timeout_seconds=_DRAIN_SECONDS)
        await lanes.drop()
        for forget in forgetting:
            forget()
        self._app.read_anew()

    def member_id(self) -> str | None:
        """By what name the group knows this worker, as this worker believes; None while it is in none."""
        client = self._client()
        return None if client is None else group_member.member_id(client)

    def partitions(self) -> set[int]:
        """What this worker reads."""
        client = self._client()
        return set() if client is None else {place.partition for place in client.assignment()}

    async def rejoin(self) -> None:
        """Ask the group to share out the partitions anew, by what the topic is now."""
        client = self._client()
        if client is not None:
            await self._consumer._thread.call_thread(group_member.rejoin, client)  # type: ignore[attr-defined] # noqa: SLF001

    def ends(self) -> Offsets:
        """Of each partition that this worker reads, the offset after Kafka's last event, as last heard."""
        client = self._client()
        if client is None:
            return {}
        ends = {}
        for place in client.assignment():
            # The client's own thread may take the partition away meanwhile.
            with suppress(AssertionError, AttributeError):
                ends[place.partition] = client.highwater(place) or 0
        return ends

    async def commit(self, marks: Marks) -> bool:
        """Commit what is finished of the partitions that this worker reads; whether Kafka has it."""
        client = self._client()
        if client is None:
            return False
        owned = client.assignment()
        topic_id = self._log_identity.topic_id
        places = {TopicPartition(UPLOADED.name, partition): mark for partition, mark in marks.items()}
        owned_places = {
            place: OffsetAndMetadata(mark.next_offset, to_metadata(topic_id, mark))
            for place, mark in places.items()
            if place in owned
        }
        if not owned_places:
            return True
        try:
            await self._consumer._thread.call_thread(client.commit, owned_places)  # type: ignore[attr-defined] # noqa: SLF001
        except KafkaError as error:
            # A rebalance came between, or Kafka is away: what is not committed comes again.
            _log.warning("not committed", extra={"error": type(error).__name__})
            return False
        return True

    def began(self, partition: int) -> int | None:
        """Where this worker began to read the partition: before it, all is finished. None: it does not read it."""
        mark = self._log_identity.beginnings().get(partition)
        return None if mark is None else mark.next_offset

    def stop(self, partition: int) -> None:
        """Fetch no more of a partition for now; what is on its way still comes."""
        self._consumer.on_buffer_full(TP(UPLOADED.name, partition))

    def resume(self, partition: int) -> None:
        """Fetch on."""
        self._consumer.on_buffer_drop(TP(UPLOADED.name, partition))

    def between(
        self, partition: int, start: int, stop: int, waiting: Retrying
    ) -> AsyncIterator[Sequence[Received]]:
        """What Kafka holds of the offsets from `start` up to, not including, `stop`; what is gone is kept in mind."""

        async def gone(offsets: range) -> None:
            topic_id = self._log_identity.topic_id
            await waiting.until_done(lambda: self._expired.record(topic_id, partition, offsets, since_ms=0))

        return self._uploads.between(partition, start, stop, waiting, gone)

    @property
    def _consumer(self) -> Consumer:
        return cast("Consumer", self._app.consumer)

    def _client(self) -> Any:
        """The Kafka client inside Faust's consumer thread, once there is one."""
        if not self._app.started:
            return None
        return getattr(getattr(self._consumer, "_thread", None), "_consumer", None)
