"""The id of a topic, kept fresh: a topic may be deleted and made again while everybody who uses it runs."""

import asyncio
import logging

from service_kit import tasks
from service_kit.engines.errors import EngineAwayError
from service_kit.engines.kafka.publisher import ENGINE
from service_kit.engines.kafka.questions import Questions
from service_kit.engines.kafka.settings import KafkaSettings

_log = logging.getLogger(__name__)

# For so long after a topic was made again what is said of it may still name the one before.
_LOOK_EVERY_SECONDS = 1.0


class TopicId:
    """Follows the id of one topic. May be opened while Kafka or the topic is away."""

    def __init__(self, settings: KafkaSettings, topic: str) -> None:
        self._questions = Questions(settings)
        self._topic = topic
        self._known: str | None = None
        self._following: asyncio.Task[None] | None = None
        self._looking: asyncio.Task[str] | None = None

    async def open(self) -> None:
        """Begin to follow; returns at once."""
        self._following = asyncio.create_task(self._follow())

    async def close(self) -> None:
        """Stop following."""
        await tasks.end(self._following)
        await self._questions.close()

    @property
    def known(self) -> str | None:
        """The id as it was when it was last heard of; None where it never was, or where there is no such topic."""
        return self._known

    async def get(self) -> str:
        """The id as it was at most a moment ago, or while Kafka is away, when it was last there.

        Raises EngineAwayError where it was never there, or where the topic is not.
        """
        return await self.look() if self._known is None else self._known

    async def look(self) -> str:
        """The id at this moment; who asks while another does shares the answer. Raises EngineAwayError."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
            self._looking.add_done_callback(_heard)
        return await asyncio.shield(self._looking)

    async def _look(self) -> str:
        found = await self._questions.topic(self._topic)
        if found is None:
            self._known = None
            raise EngineAwayError(ENGINE, "no topic of that name")
        if self._known not in (None, found.id):
            _log.error("the topic was made again", extra={"topic": self._topic, "topic_id": found.id})
        self._known = found.id
        return found.id

    async def _follow(self) -> None:
        while True:
            try:
                await self.look()
            except EngineAwayError as error:
                _log.debug("the topic's id is not known", extra={"cause": str(error)})
            await asyncio.sleep(_LOOK_EVERY_SECONDS)


def _heard(look: "asyncio.Task[str]") -> None:
    """Take the outcome of a look that nobody waits for any more, so that it is not reported as forgotten."""
    if not look.cancelled():
        look.exception()
