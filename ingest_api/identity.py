"""The public keys that tokens are believed by: ``ecg.identity.v1`` read to its end, then followed.

Until the end has been reached nobody can be told that their token is bad: `ready` is False, and an upload is
asked to come again. Once reached, what is known holds, also while Kafka is away.
"""

import asyncio
import logging
from contextlib import suppress

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from ingest_api import metrics
from schemas.cloudevents import UndecodableEventError
from schemas.identity import decode_identity
from schemas.topics import IDENTITY
from service_kit import logs, tasks
from service_kit.backoff import backoff
from service_kit.errors import EngineAwayError
from service_kit.kafka import ENGINE, client_options
from service_kit.settings import KafkaSettings
from service_kit.tokens import TokenVerifier

_log = logging.getLogger(__name__)

_PARTITION = TopicPartition(IDENTITY.name, 0)
# Kafka answers each of these in milliseconds; the client alone would ask on for ever.
_ANSWER_SECONDS = 10.0
_STOP_SECONDS = 2.0
# How often silence is questioned: a consumer whose brokers have moved is silent for ever.
_SILENCE_SECONDS = 15.0


class KeyReader:
    """Tells `verifier` of every key there is and will be. May be opened while Kafka or the topic is away."""

    def __init__(self, settings: KafkaSettings, verifier: TokenVerifier) -> None:
        self._settings = settings
        self._verifier = verifier
        self._read_to_end = False
        self._following: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Begin to read; returns at once."""
        self._following = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Stop reading."""
        await tasks.end(self._following)

    @property
    def ready(self) -> bool:
        """Whether a token can be judged: the keys have been read to their end, and there is one."""
        return self._read_to_end and self._verifier.has_keys

    async def _run(self) -> None:
        waits = backoff()
        while True:
            consumer = AIOKafkaConsumer(
                group_id=None, auto_offset_reset="earliest", **client_options(self._settings)
            )
            try:
                await self._start(consumer)
                waits = backoff()
                await self._follow(consumer)
            except (KafkaError, OSError, TimeoutError, EngineAwayError) as error:
                _log.warning("the keys' topic is away, trying again", extra={"cause": type(error).__name__})
            except Exception as error:  # noqa: BLE001 - without its keys the service is of no use: never give up
                logs.unforeseen(_log, error)
            finally:
                with suppress(Exception):
                    await asyncio.wait_for(consumer.stop(), _STOP_SECONDS)
            await asyncio.sleep(next(waits))

    async def _start(self, consumer: AIOKafkaConsumer) -> None:
        async with asyncio.timeout(_ANSWER_SECONDS):
            await consumer.start()
            if IDENTITY.name not in await consumer.topics():
                raise EngineAwayError(ENGINE, "no topic of that name")
            consumer.assign([_PARTITION])
            await consumer.seek_to_beginning(_PARTITION)

    async def _follow(self, consumer: AIOKafkaConsumer) -> None:
        end = await self._end(consumer)
        while True:
            if not self._read_to_end and await consumer.position(_PARTITION) >= end:
                self._read_to_end = True
                metrics.KEYS_READ.set(1)
                _log.info("read the keys to their end", extra={"keys": self._verifier.has_keys})
            found = await consumer.getmany(_PARTITION, timeout_ms=int(_SILENCE_SECONDS * 1000))
            for record in found.get(_PARTITION, ()):
                self._apply(record.key, record.value)
            if not found:
                await self._end(consumer)

    async def _end(self, consumer: AIOKafkaConsumer) -> int:
        async with asyncio.timeout(_ANSWER_SECONDS):
            offsets = await consumer.end_offsets([_PARTITION])
        return int(offsets[_PARTITION])

    def _apply(self, key: bytes | None, value: bytes | None) -> None:
        try:
            change = decode_identity(key, value)
            if change is not None:
                self._verifier.apply(change)
        except (UndecodableEventError, ValueError):
            _log.warning("passed over a record that is not a key")
