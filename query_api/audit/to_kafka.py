"""Publishes blocks on ``ecg.audit.v1``, each sealed as it goes out; a chain's blocks are in one partition, in order."""

import asyncio
from collections.abc import Sequence
from itertools import groupby
from uuid import UUID

from query_api.audit.journal import Spooled
from query_api.audit.sealing import Seal
from query_api.audit.store import Head
from query_api.settings import Settings
from schemas.audit import chain_key, encode_audit, hash_of
from schemas.cloudevents import Record
from schemas.topics import AUDIT
from service_kit.engines.kafka.publisher import Publisher, partition_of

# Nobody waits for it.
_TIMEOUT_SECONDS = 10.0


class ToKafka:
    """Publishes, and remembers of each chain the last block that Kafka has."""

    def __init__(self, settings: Settings) -> None:
        self._publisher = Publisher(settings, timeout_seconds=_TIMEOUT_SECONDS)
        self._heads: dict[UUID, Head] = {}

    async def open(self, seal: Seal) -> None:
        """Begin to connect; returns at once."""
        self._seal = seal
        await self._publisher.open()

    async def close(self) -> None:
        """Disconnect."""
        await self._publisher.close()

    async def send(self, blocks: Sequence[Spooled]) -> None:
        """Publish blocks that are in order. Raises EngineAwayError, LostBlockError."""
        for chain, of_chain in groupby(blocks, lambda block: block.chain):
            some = list(of_chain)
            # Hashing and signing what an outage left takes a while.
            records = await asyncio.to_thread(self._sealed, some)
            partition = partition_of(chain_key(chain), AUDIT.partitions)
            await self._publisher.publish(AUDIT.name, records, partition=partition)
            self._heads[chain] = Head(chain, some[-1].sequence, hash_of(records[-1].value or b""))

    def _sealed(self, blocks: Sequence[Spooled]) -> list[Record]:
        values = [block.read() for block in blocks]
        return [
            encode_audit(value, seal=self._seal.sign(value), seal_key=self._seal.public) for value in values
        ]

    def heads(self) -> list[Head]:
        """The last block that Kafka took of each chain, but for those that were noted."""
        return list(self._heads.values())

    def noted(self, heads: Sequence[Head]) -> None:
        """These need not be told again."""
        for head in heads:
            if self._heads.get(head.chain) == head:
                del self._heads[head.chain]
