"""Is the worker doing its work: how far behind it is, when it last finished something, whether its group
knows it.

A worker that is alive but outside its consumer group, or whose Faust app has crashed, ends itself: it would
otherwise look healthy for ever and do nothing.
"""

import asyncio
import logging
import time
from typing import Any, cast

import faust
from faust.transport.consumer import Consumer

from schemas.topics import UPLOADED
from service_kit.errors import EngineAwayError
from service_kit.kafka import Publisher
from stream_processor import metrics
from stream_processor.batches import Batches
from stream_processor.settings import Settings
from stream_processor.stopping import EXIT_FAILED, leave

_log = logging.getLogger(__name__)

_LOOK_EVERY_SECONDS = 1.0


class Watch:
    """Starts the worker once Kafka and the topic are there, and keeps an eye on it."""

    def __init__(self, settings: Settings, worker: faust.App, batches: Batches, publisher: Publisher) -> None:
        self._settings = settings
        self._worker = worker
        self._batches = batches
        self._publisher = publisher
        self._last_member = time.monotonic()

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
        """Whether the worker is a member of its group, and finishing events if there are any."""
        stalled = (
            self.lag() > 0 and self._batches.seconds_since_progress() > self._settings.processor_stall_seconds
        )
        return self.is_member() and not stalled

    def is_member(self) -> bool:
        """Whether the consumer group knows this worker."""
        client = self._client()
        return client is not None and client._coordinator.generation > 0  # noqa: SLF001

    def lag(self) -> int:
        """Events of this worker's partitions that Kafka has and the worker has not finished."""
        client = self._client()
        if client is None:
            return 0
        consumer = cast("Consumer", self._worker.consumer)
        behind = 0
        for place in client.assignment():
            done = self._batches.next_offset(place.partition)
            if done is None:
                done = consumer._committed_offset.get(place) or 0  # noqa: SLF001
            behind += max(0, (client.highwater(place) or 0) - done)
        return behind

    def _client(self) -> Any:
        """The Kafka client inside Faust's consumer thread, once there is one. Faust has no public way to
        it."""
        return getattr(getattr(self._worker.consumer, "_thread", None), "_consumer", None)

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
        member = self.is_member()
        metrics.MEMBER.set(member)
        metrics.LAG.set(self.lag())
        metrics.PROGRESS_AGE.set(self._batches.seconds_since_progress())
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
