"""Which keys to believe: the public ones go to ``ecg.identity.v1``, as soon as Kafka takes them.

Nothing in this service waits for it: a query needs Cassandra alone.
"""

import asyncio
import logging
import time
from collections.abc import Sequence

from query_api.metrics import IDENTITY_PUBLISHED
from query_api.settings import Settings
from schemas.identity import PublicJwk, encode_public_key
from schemas.topics import IDENTITY
from service_kit import tasks
from service_kit.backoff import backoff
from service_kit.errors import EngineAwayError
from service_kit.kafka import Publisher

_log = logging.getLogger(__name__)

# Nobody waits for it, and a broker that is electing a leader deserves the time.
_TIMEOUT_SECONDS = 10.0
# A Kafka that lost its data has lost the keys too. More often would grow what an ingest API reads at its start:
# a topic is compacted only where it was left days ago.
_AGAIN_SECONDS = 300.0


class IdentityAnnouncer:
    """Publishes keys in the background until Kafka has confirmed them all, and again every few minutes."""

    def __init__(self, settings: Settings, again_seconds: float = _AGAIN_SECONDS) -> None:
        self._again_seconds = again_seconds
        self._publisher = Publisher(settings, timeout_seconds=_TIMEOUT_SECONDS)
        self._task: asyncio.Task[None] | None = None

    async def open(self, keys: Sequence[PublicJwk]) -> None:
        """Begin to publish `keys`; returns at once."""
        await self._publisher.open()
        self._task = asyncio.create_task(self._announce(keys))

    async def close(self) -> None:
        """Stop publishing, and disconnect."""
        await tasks.end(self._task)
        await self._publisher.close()

    async def kafka_answers(self) -> bool:
        """Whether Kafka answers a metadata request now."""
        return await self._publisher.answers()

    async def _announce(self, keys: Sequence[PublicJwk]) -> None:
        IDENTITY_PUBLISHED.set(0)
        while True:
            await self._publish(keys)
            await asyncio.sleep(self._again_seconds)

    async def _publish(self, keys: Sequence[PublicJwk]) -> None:
        now = time.time_ns() // 1000
        records = [encode_public_key(jwk, time=now) for jwk in keys]
        for wait in backoff():
            try:
                await self._publisher.publish(IDENTITY.name, records, partition=0)
            except EngineAwayError:
                await asyncio.sleep(wait)
            else:
                IDENTITY_PUBLISHED.set(1)
                _log.info("the public keys are published")
                return
