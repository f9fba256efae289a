"""Publishing to Kafka: what `publish` returned from is on all in-sync replicas, or it raised."""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from contextlib import suppress
from contextvars import Context
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.partitioner import murmur2
from aiokafka.structs import RecordMetadata

from schemas.cloudevents import Record
from schemas.topics import MAX_DEAD_LETTER_BYTES
from service_kit import tasks
from service_kit.engines.backoff import backoff
from service_kit.engines.errors import EngineAwayError
from service_kit.engines.kafka import handshake
from service_kit.engines.kafka.settings import KafkaSettings

_log = logging.getLogger(__name__)

ENGINE = "kafka"
# Above the largest event; the client counts key, headers and framing as well.
MAX_REQUEST_BYTES = MAX_DEAD_LETTER_BYTES
# Records of one partition that are sent together. One that finds the batch full waits until it has gone, a whole
# round trip; and no batch may be larger than the largest event.
_BATCH_BYTES = 256 * 1024
# A stop must not wait for a broker that is away: three of these fit between a service's last answer and its end.
_STOP_SECONDS = 2.0
# A broker that is there has answered long before; the client alone would ask on for ever.
_CONNECT_SECONDS = 10.0
# What connecting anew takes when Kafka is there, many times over; when it is not, the answer is soon no.
_CONNECTION_WAIT_SECONDS = 1.0
_METADATA_MAX_AGE_MS = 30_000
# In Kafka's protocol: the time of a record is that of its writing, and not its sender's.
_LOG_APPEND_TIME = 1


@dataclass(frozen=True, slots=True)
class Position:
    """Where a record landed. `written_at`: seconds since the epoch by the broker's clock, where the topic keeps it."""

    partition: int
    offset: int
    written_at: float | None


def partition_of(key: bytes, partitions: int) -> int:
    """The partition of an ECG's key, by the rule of Kafka's own default partitioner."""
    return int(murmur2(key) & 0x7FFFFFFF) % partitions


def client_options(settings: KafkaSettings) -> dict[str, Any]:
    """How to connect, for every aiokafka client."""
    options: dict[str, Any] = {
        "bootstrap_servers": settings.kafka,
        "security_protocol": settings.kafka_security_protocol,
        "metadata_max_age_ms": _METADATA_MAX_AGE_MS,
    }
    if settings.kafka_by_tls:
        options["ssl_context"] = settings.kafka_tls()
    if settings.kafka_security_protocol.startswith("SASL") and settings.kafka_password is not None:
        options["sasl_mechanism"] = settings.kafka_sasl_mechanism
        options["sasl_plain_username"] = settings.kafka_username
        options["sasl_plain_password"] = settings.kafka_password.get_secret_value()
    return options


class Publisher:
    """An idempotent producer that connects by itself, now and after every outage.

    `timeout_seconds` bounds each `publish`. May be opened while Kafka is away.

    A producer that failed once is replaced, and the brokers looked up afresh: its sequence numbers may have a
    gap, which a broker refuses for ever, and what it still holds would go out long after its sender heard no.
    """

    def __init__(self, settings: KafkaSettings, *, timeout_seconds: float) -> None:
        self._settings = settings
        self._timeout_seconds = timeout_seconds
        self._producer: AIOKafkaProducer | None = None
        self._why_not_connected = "not connected yet"
        self._connected = asyncio.Event()
        self._closing = asyncio.Event()
        self._connecting: asyncio.Task[None] | None = None
        self._retired: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Begin to connect; returns at once."""
        self._connecting = asyncio.create_task(self._connect())

    async def close(self) -> None:
        """Deliver what is under way, for a bounded time, and disconnect."""
        self._closing.set()
        await tasks.end(self._connecting)
        if self._producer is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._producer.flush(), _STOP_SECONDS)
            await _abandon(self._producer)
        await asyncio.gather(*self._retired)

    async def answers(self) -> bool:
        """Whether Kafka answers a metadata request now. Raises EngineAwayError, which says why it does not."""
        if self._producer is None:
            raise EngineAwayError(ENGINE, self._why_not_connected)
        client = self._producer.client
        try:
            await client.fetch_all_metadata()
        except (KafkaError, OSError) as error:
            brokers = [(broker.host, broker.port) for broker in client.cluster.brokers()]
            raise EngineAwayError(ENGINE, await self._cause(error, brokers)) from None
        return True

    async def topics(self) -> set[str]:
        """The names of the topics there are. Raises EngineAwayError."""
        producer = await self._connection()
        try:
            metadata = await producer.client.fetch_all_metadata()
        except (KafkaError, OSError) as error:
            raise EngineAwayError(ENGINE, type(error).__name__) from None
        return set(metadata.topics())

    async def publish(self, topic: str, records: Sequence[Record], *, partition: int) -> list[Position]:
        """Write `records` in order to one partition and wait until every in-sync replica has all of them.

        Raises EngineAwayError when that is not confirmed in time; each record may then be there or not.
        """
        producer = await self._connection()
        sends: list[asyncio.Future[Any]] = []
        try:
            async with asyncio.timeout(self._timeout_seconds):
                for record in records:
                    key, value, headers = record.key, record.value, record.headers
                    sends.append(await producer.send(topic, value, key, partition, headers=headers))
                # Not gather: the client's own batch must not be cancelled because we no longer wait for it.
                await asyncio.wait(sends)
            written = [send.result() for send in sends]
        except (TimeoutError, KafkaError) as error:
            self._replace(producer, type(error).__name__)
            raise EngineAwayError(ENGINE, type(error).__name__) from None
        finally:
            for send in sends:
                send.add_done_callback(_retrieve)
        return [Position(one.partition, one.offset, _written_at(one)) for one in written]

    async def _connection(self) -> AIOKafkaProducer:
        if self._producer is None:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._connected.wait(), _CONNECTION_WAIT_SECONDS)
        if self._producer is None:
            raise EngineAwayError(ENGINE, "not connected")
        return self._producer

    async def _connect(self) -> None:
        for wait in backoff():
            producer = AIOKafkaProducer(
                acks="all",
                enable_idempotence=True,
                # An upload waits for its own record alone: waiting to fill a batch would only add latency.
                linger_ms=0,
                max_batch_size=_BATCH_BYTES,
                max_request_size=MAX_REQUEST_BYTES,
                request_timeout_ms=int(self._timeout_seconds * 1000),
                **client_options(self._settings),
            )
            try:
                async with asyncio.timeout(_CONNECT_SECONDS):
                    await producer.start()
            except (KafkaError, OSError, TimeoutError) as error:
                await _abandon(producer)
                self._why_not_connected = await self._cause(error)
                _log.warning("kafka is away, trying again", extra={"cause": self._why_not_connected})
                await asyncio.sleep(wait)
            except asyncio.CancelledError:
                await _abandon(producer)
                raise
            else:
                self._producer = producer
                self._connected.set()
                _log.info("connected to kafka")
                return

    async def _cause(self, error: Exception, brokers: Iterable[handshake.Broker] = ()) -> str:
        return await handshake.failure(self._settings, brokers) or type(error).__name__

    def _replace(self, failed: AIOKafkaProducer, cause: str) -> None:
        # Of all that fail together only the first still finds its producer in place.
        if self._producer is not failed or self._closing.is_set():
            return
        _log.warning("kafka did not confirm, connecting anew", extra={"cause": cause})
        self._producer = None
        self._why_not_connected = cause
        self._connected.clear()
        # Neither is part of the request that happened to fail first, nor are their lines in the log.
        retiring = asyncio.create_task(self._retire(failed), context=Context())
        self._retired.add(retiring)
        retiring.add_done_callback(self._retired.discard)
        self._connecting = asyncio.create_task(self._connect(), context=Context())

    async def _retire(self, producer: AIOKafkaProducer) -> None:
        # Others may be about to be confirmed on it; after this time every one of them has been answered.
        with suppress(TimeoutError):
            await asyncio.wait_for(self._closing.wait(), self._timeout_seconds)
        await _abandon(producer)


async def _abandon(producer: AIOKafkaProducer) -> None:
    """Stop a producer for good and in bounded time, whatever it still holds.

    Its own `stop` delivers that first, which without Kafka has no end; and cut short, it leaves the sending
    task alive. So this does what `stop` does but for that, for which the client has no public way.
    """
    producer._closed = True  # noqa: SLF001
    for close in (producer._sender.close, producer.client.close):  # noqa: SLF001
        with suppress(Exception):
            await asyncio.wait_for(close(), _STOP_SECONDS)


def _written_at(record: RecordMetadata) -> float | None:
    by_broker = record.timestamp_type == _LOG_APPEND_TIME and record.timestamp is not None
    return record.timestamp / 1000 if by_broker and record.timestamp >= 0 else None


def _retrieve(send: "asyncio.Future[Any]") -> None:
    """Take the late outcome of a send nobody waits for, so that it is not reported as forgotten."""
    if not send.cancelled():
        send.exception()
