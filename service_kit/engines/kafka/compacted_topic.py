"""A small compacted topic of one partition: the last record of each key, read to the end and then followed.

What was read holds while Kafka is away. A topic that was made again, emptied or cut is noticed within seconds and read
anew from its beginning; what it holds then is all that it holds.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from schemas.cloudevents import Headers
from service_kit import logs, tasks
from service_kit.engines.backoff import backoff
from service_kit.engines.errors import EngineAwayError
from service_kit.engines.kafka.publisher import ENGINE, client_options
from service_kit.engines.kafka.questions import Questions
from service_kit.engines.kafka.reading import ANSWER_SECONDS, read, spans
from service_kit.engines.kafka.settings import KafkaSettings

_log = logging.getLogger(__name__)

_STOP_SECONDS = 2.0
# How often it is asked whether this is still the topic that was read: a consumer of one that is not hears nothing.
_LOOK_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Latest:
    """The last record of a key. `value`: None where the key was withdrawn."""

    key: bytes
    offset: int
    value: bytes | None
    headers: Headers


Changed = Callable[[Sequence[Latest]], None]
Believes = Callable[[Latest], bool]


class _BegunAnewError(Exception):
    """The topic is not what was read."""


class CompactedTopic:
    """Follows one topic. May be opened while Kafka or the topic is away.

    `changed` is called in the event loop when the end was reached, with nothing, and afterwards with what came.
    """

    def __init__(self, settings: KafkaSettings, topic: str, changed: Changed) -> None:
        self._settings = settings
        self._topic = topic
        self._place = TopicPartition(topic, 0)
        self._changed = changed
        self._questions = Questions(settings)
        self._records: dict[bytes, Latest] = {}
        self._overwritten: dict[bytes, Latest] = {}
        self._following: asyncio.Task[None] | None = None
        self.read_to_end = False
        """Whether the end was ever reached: before that, what is missing may only be unread."""
        self.current = False
        """Whether it is being followed now, from its end."""

    @property
    def records(self) -> Mapping[bytes, Latest]:
        """What the topic held when its end was last reached, and what came since."""
        return self._records

    @property
    def overwritten(self) -> Mapping[bytes, Latest]:
        """The last records that were not believed, of keys of which none came later that was: they will be all that
        the topic has of these keys, once it is compacted.
        """
        return self._overwritten

    async def open(self, believes: Believes = lambda _: True) -> None:
        """Begin to read; returns at once. What is not believed is passed over as if nobody had written it, but for
        `overwritten`.
        """
        self._following = asyncio.create_task(self._run(believes))

    async def close(self) -> None:
        """Stop following."""
        await tasks.end(self._following)
        await self._questions.close()

    async def _run(self, believes: Believes) -> None:
        waits = backoff()
        while True:
            consumer = AIOKafkaConsumer(
                group_id=None, auto_offset_reset="none", **client_options(self._settings)
            )
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    await consumer.start()
                    topic_id = await self._topic_id()
                await self._read(consumer, believes)
                waits = backoff()
                await self._follow(consumer, topic_id, believes)
            except _BegunAnewError:
                _log.error("a topic was made again or emptied, reading it anew", extra={"topic": self._topic})
            except (KafkaError, OSError, TimeoutError, EngineAwayError) as error:
                told = {"topic": self._topic, "cause": str(error) or type(error).__name__}
                _log.warning("a topic is away, trying again", extra=told)
            except asyncio.CancelledError:
                if tasks.told_to_end():
                    raise
                _log.warning("a topic's client broke off, trying again", extra={"topic": self._topic})
            except Exception as error:  # noqa: BLE001 - without it the service is of no use: never give up
                logs.unforeseen(_log, error)
            finally:
                self.current = False
                await tasks.bounded(consumer.stop(), _STOP_SECONDS)
            await asyncio.sleep(next(waits))

    async def _read(self, consumer: AIOKafkaConsumer, believes: Believes) -> None:
        """Read to the end; until it is reached, what was known before holds."""
        records: dict[bytes, Latest] = {}
        overwritten: dict[bytes, Latest] = {}
        async for found in read(consumer, await spans(consumer, [self._place])):
            _take(found.get(self._place, ()), believes, records, overwritten)
        self._records, self._overwritten = records, overwritten
        self.read_to_end = self.current = True
        self._changed(())

    async def _follow(self, consumer: AIOKafkaConsumer, topic_id: str, believes: Believes) -> None:
        looked_at = 0.0
        while True:
            if time.monotonic() - looked_at > _LOOK_SECONDS:
                await self._must_be_the_same(consumer, topic_id)
                looked_at = time.monotonic()
            found = await consumer.getmany(self._place, timeout_ms=int(_LOOK_SECONDS * 1000))
            came = _take(found.get(self._place, ()), believes, self._records, self._overwritten)
            if came:
                self._changed(came)

    async def _must_be_the_same(self, consumer: AIOKafkaConsumer, topic_id: str) -> None:
        begin, end = (await spans(consumer, [self._place]))[self._place]
        cut = await consumer.position(self._place) > end
        emptied = any(latest.offset < begin for latest in self._records.values())
        if cut or emptied or await self._topic_id() != topic_id:
            raise _BegunAnewError

    async def _topic_id(self) -> str:
        found = await self._questions.topic(self._topic)
        if found is None:
            raise EngineAwayError(ENGINE, "no topic of that name")
        return found.id


def _take(
    found: Sequence[ConsumerRecord],
    believes: Believes,
    records: dict[bytes, Latest],
    overwritten: dict[bytes, Latest],
) -> Sequence[Latest]:
    believed = []
    for one in found:
        latest = Latest(one.key or b"", one.offset, one.value, one.headers)
        if believes(latest):
            believed.append(latest)
            records[latest.key] = latest
            overwritten.pop(latest.key, None)
        else:
            overwritten[latest.key] = latest
    return believed
