"""Starts the Faust worker once Kafka and the upload topic are there, and sees every second that it has a place in its
group.

A worker that is alive but outside its consumer group, or whose Faust app has crashed, cannot go on: it would otherwise
look healthy for ever and do nothing. Neither can one whose name another worker has.
"""

import asyncio
import logging
import time

from schemas.topics import UPLOADED
from service_kit.engines.errors import EngineAwayError
from service_kit.engines.kafka.questions import Questions
from stream_processor.consuming.group import Group
from stream_processor.consuming.intake import App
from stream_processor.consuming.membership import Membership
from stream_processor.readiness import Readiness
from stream_processor.settings import Settings
from stream_processor.stopping import CannotGoOnError

_log = logging.getLogger(__name__)

_LOOK_EVERY_SECONDS = 1.0
# A rebalance is over sooner; who still has no partitions then asks for some, and again after as long.
_TOO_FEW_SECONDS = 2.0


class Supervision:
    """`readiness` is told to look as often as this does."""

    def __init__(
        self,
        settings: Settings,
        worker: App,
        group: Group,
        membership: Membership,
        questions: Questions,
        readiness: Readiness,
    ) -> None:
        self._settings = settings
        self._worker = worker
        self._group = group
        self._membership = membership
        self._questions = questions
        self._readiness = readiness
        self._last_member = time.monotonic()
        self._last_shared = time.monotonic()

    async def run(self) -> None:
        """Run for the life of the process. Raises CannotGoOnError, of which TwinError is one."""
        instance_id = await self._membership.enter(await self._topic_id())
        try:
            await self._worker.start_as(instance_id)
        except Exception as error:
            raise CannotGoOnError(f"the worker did not start: {type(error).__name__}") from error
        self._last_member = self._last_shared = time.monotonic()
        while True:
            await asyncio.sleep(_LOOK_EVERY_SECONDS)
            await self._look()

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
            raise CannotGoOnError("the Faust app stopped by itself")
        kafka_answers = True
        try:
            await self._membership.look(self._group.member_id(), len(self._group.partitions()))
        except EngineAwayError:
            kafka_answers = False
        await self._readiness.look()
        await self._mind_membership(self._membership.is_member or not kafka_answers)

    async def _mind_membership(self, fine: bool) -> None:
        now = time.monotonic()
        if fine:
            self._last_member = now
        elif now - self._last_member > self._settings.processor_outside_group_seconds:
            raise CannotGoOnError("alive, but outside the consumer group")
        if not self._membership.has_too_few:
            self._last_shared = now
        elif now - self._last_shared > _TOO_FEW_SECONDS:
            _log.error("without partitions in the group, asking for some")
            self._last_shared = now
            await self._group.rejoin()
