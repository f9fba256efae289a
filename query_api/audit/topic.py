"""Reads ``ecg.audit.v1`` from its beginning to where it ends now."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from schemas.audit import Sealed, decode_audit
from schemas.cloudevents import UndecodableEventError
from schemas.topics import AUDIT
from service_kit import tasks
from service_kit.engines.errors import EngineAwayError
from service_kit.engines.kafka.publisher import ENGINE, client_options
from service_kit.engines.kafka.reading import ANSWER_SECONDS, read, spans
from service_kit.engines.kafka.settings import KafkaSettings

_STOP_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Found:
    """A record of the topic. `sealed`: the block that it is, or a sentence why it is none.

    `written_at`: seconds since the epoch, by the broker.
    """

    partition: int
    offset: int
    written_at: float
    sealed: Sealed | str


async def records(settings: KafkaSettings) -> AsyncIterator[Found]:
    """Every record there is now, those of a partition in order. Raises EngineAwayError, also without a topic."""
    consumer = AIOKafkaConsumer(
        enable_auto_commit=False, auto_offset_reset="earliest", **client_options(settings)
    )
    try:
        await tasks.bounded(consumer.start(), ANSWER_SECONDS)
        if AUDIT.name not in await consumer.topics():
            raise EngineAwayError(ENGINE, f"it has no topic {AUDIT.name}")
        places = await spans(consumer, [TopicPartition(AUDIT.name, one) for one in range(AUDIT.partitions)])
        async for batch in read(consumer, places):
            for some in batch.values():
                for record in some:
                    yield _found(record)
    except (KafkaError, OSError) as error:
        raise EngineAwayError(ENGINE, type(error).__name__) from None
    finally:
        await tasks.bounded(consumer.stop(), _STOP_SECONDS)


def _found(record: ConsumerRecord) -> Found:
    sealed: Sealed | str
    try:
        sealed = decode_audit(record.key, record.value, record.headers)
    except UndecodableEventError as error:
        sealed = str(error)
    return Found(record.partition, record.offset, record.timestamp / 1000, sealed)
