"""Publishing to Kafka: what `publish` returned from is on all in-sync replicas, or it raised."""

import asyncio
import logging
import ssl
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from aiokafka.partitioner import murmur2

from schemas.cloudevents import Record
from schemas.topics import MAX_DEAD_LETTER_BYTES
from service_kit.backoff import backoff
from service_kit.errors import EngineAwayError
from service_kit.settings import KafkaSettings

_log = logging.getLogger(__name__)

ENGINE = "kafka"
# Above the largest event; the client counts key, headers and framing as well.
MAX_REQUEST_BYTES = MAX_DEAD_LETTER_BYTES
# A stop must not wait for a broker that is away.
_STOP_SECONDS = 5.0
_METADATA_MAX_AGE_MS = 30_000


@dataclass(frozen=True, slots=True)
class Position:
    """Where a record landed."""

    partition: int
    offset: int


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
    if "SSL" in settings.kafka_security_protocol:
        options["ssl_context"] = ssl.create_default_context(cafile=settings.kafka_ca_file)
    if settings.kafka_security_protocol.startswith("SASL") and settings.kafka_password is not None:
        options["sasl_mechanism"] = settings.kafka_sasl_mechanism
        options["sasl_plain_username"] = settings.kafka_username
        options["sasl_plain_password"] = settings.kafka_password.get_secret_value()
    return options


class Publisher:
    """An idempotent producer that connects by itself, now and after every outage.

    `timeout_seconds` bounds each `publish`. May be opened while Kafka is away.
    """

    def __init__(self, settings: KafkaSettings, *, timeout_seconds: float) -> None:
        self._settings = settings
        self._timeout_seconds = timeout_seconds
        self._producer: AIOKafkaProducer | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._cluster_id: str | None = None

    async def open(self) -> None:
        """Begin to connect; returns at once."""
        self._connecting = asyncio.create_task(self._connect())

    async def close(self) -> None:
        """Flush what is under way, for a bounded time, and disconnect."""
        if self._connecting is not None:
            self._connecting.cancel()
            with suppress(asyncio.CancelledError):
                await self._connecting
        if self._producer is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._producer.stop(), _STOP_SECONDS)

    async def answers(self) -> bool:
        """Whether Kafka answers a metadata request now."""
        if self._producer is None:
            return False
        await self._producer.client.fetch_all_metadata()
        return True

    async def topics(self) -> set[str]:
        """The names of the topics there are. Raises EngineAwayError."""
        if self._producer is None:
            raise EngineAwayError(ENGINE, "not connected yet")
        try:
            metadata = await self._producer.client.fetch_all_metadata()
        except (KafkaError, OSError) as error:
            raise EngineAwayError(ENGINE, type(error).__name__) from None
        return set(metadata.topics())

    async def cluster_id(self) -> str:
        """Kafka's id of the cluster, asked for once. Raises EngineAwayError."""
        if self._cluster_id is None:
            admin = AIOKafkaAdminClient(**client_options(self._settings))
            try:
                await admin.start()
                self._cluster_id = str((await admin.describe_cluster())["cluster_id"])
            except (KafkaError, OSError) as error:
                raise EngineAwayError(ENGINE, type(error).__name__) from None
            finally:
                await admin.close()
        return self._cluster_id

    async def publish(self, topic: str, records: Sequence[Record], *, partition: int) -> list[Position]:
        """Write `records` in order to one partition and wait until every in-sync replica has all of them.

        Raises EngineAwayError when that is not confirmed in time; each record may then be there or not.
        """
        if self._producer is None:
            raise EngineAwayError(ENGINE, "not connected yet")
        sends: list[asyncio.Future[Any]] = []
        try:
            async with asyncio.timeout(self._timeout_seconds):
                for record in records:
                    sends.append(
                        await self._producer.send(
                            topic, record.value, record.key, partition, headers=record.headers
                        )
                    )
                # Shielded: the client's own batch must not be cancelled because we no longer wait for it.
                written = await asyncio.shield(asyncio.gather(*sends))
        except (TimeoutError, KafkaError) as error:
            for send in sends:
                send.add_done_callback(_retrieve)
            raise EngineAwayError(ENGINE, type(error).__name__) from None
        return [Position(one.partition, one.offset) for one in written]

    async def _connect(self) -> None:
        for wait in backoff():
            producer = AIOKafkaProducer(
                acks="all",
                enable_idempotence=True,
                # An upload waits for its own record alone: waiting to fill a batch would only add latency.
                linger_ms=0,
                max_request_size=MAX_REQUEST_BYTES,
                request_timeout_ms=int(self._timeout_seconds * 1000),
                **client_options(self._settings),
            )
            try:
                await producer.start()
            except (KafkaError, OSError) as error:
                _log.warning("kafka is away, trying again", extra={"cause": type(error).__name__})
                with suppress(Exception):
                    await producer.stop()
                await asyncio.sleep(wait)
            else:
                self._producer = producer
                _log.info("connected to kafka")
                return


def _retrieve(send: "asyncio.Future[Any]") -> None:
    """Take the late outcome of a send nobody waits for, so that it is not reported as forgotten."""
    if not send.cancelled():
        send.exception()
