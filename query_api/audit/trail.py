"""What the other rooms know of the audit trail: `Audit.record`, which never waits.

To tell of something new: a word for it in `schemas.audit.Action`, a row for that in docs/audit.md, and where it
happened

    audit.record("device.revoke", request=request, claims=claims, owner=owner_id, entities=(f"device/{id}",))

before the answer is given, whether it went well or not (`outcome`). What is recorded holds ids: never a secret, a value
or an address of anybody. It is on disk within a tenth of a second, and with both engines in about two.
"""

import asyncio
import functools
import time
from collections.abc import Sequence
from uuid import UUID

from fastapi import Request

from query_api.audit.delivering import Delivery
from query_api.audit.filing import Row, rows_of
from query_api.audit.journal import Spooled
from query_api.audit.sealing import Seal
from query_api.audit.spool import Spool
from query_api.audit.store import AuditStore
from query_api.audit.to_kafka import ToKafka
from query_api.settings import Settings
from schemas.audit import Action, AuditEntry, Outcome
from schemas.claims import Claims
from schemas.times import format_rfc3339
from service_kit import logs
from service_kit.callers.addresses import Addresses
from service_kit.callers.agents import agent_of
from service_kit.engines.errors import EngineAwayError

# At a stop, for what was sealed last; the rest waits on disk for the next start.
_STOP_SECONDS = 2.0


class Audit:
    """The trail of this process. May be opened while every engine, and the disk, is away."""

    def __init__(self, settings: Settings, store: AuditStore, addresses: Addresses) -> None:
        self._addresses = addresses
        self._store = store
        self._kafka = ToKafka(settings)
        self._outstanding: dict[Spooled, int] = {}
        self._to_cassandra = Delivery("cassandra", self._file, self._taken)
        self._deliveries = [Delivery("kafka", self._publish, self._taken), self._to_cassandra]
        self._spool = Spool(settings.audit_dir, settings.audit_spool_bytes, self._deliver)

    async def open(self, seal: Seal, entities: Sequence[str] = ()) -> None:
        """Begin, with an entry that names `entities` as what this process starts with; returns at once."""
        await self._kafka.open(seal)
        for delivery in self._deliveries:
            await delivery.open()
        await self._spool.open(AuditEntry(_now(), "audit.start", "success", entities=tuple(entities)))

    async def close(self) -> None:
        """Keep what there is on disk, deliver what can be delivered at once, and end the chain."""
        await self._spool.close()
        for delivery in self._deliveries:
            await delivery.close(_STOP_SECONDS)
        await self._kafka.close()
        await self._spool.release()

    def record(
        self,
        action: Action,
        *,
        request: Request | None = None,
        claims: Claims | None = None,
        outcome: Outcome = "success",
        owner: UUID | None = None,
        entities: tuple[str, ...] = (),
        count: int | None = None,
    ) -> None:
        """Record that `action` happened; returns at once, never raises, and is not lost where an engine is away.

        `request`, `claims`: of whoever did it; without claims nobody known, without a request the service itself.
        `owner`: whose data or account it is about. `entities`: what was shown or changed, each as ``kind/id``.
        `count`: how often it happened, where that is told once for all. What there is no room for is counted.
        """
        entry = AuditEntry(
            time=_now(),
            action=action,
            outcome=outcome,
            actor=None if claims is None else claims.user_id,
            role=None if claims is None else claims.role,
            token_id=None if claims is None else claims.token_id,
            device_id=None if claims is None else claims.device_id,
            owner=owner,
            entities=entities,
            address=None if request is None else self._addresses.caller(request.scope),
            agent=None if request is None else agent_of(request.scope),
            request=None if request is None else logs.request_id.get(),
            count=count,
        )
        self._spool.add(entry)

    async def takes(self) -> bool:
        """Whether nothing that is recorded now would be lost."""
        if self._spool.is_full:
            raise EngineAwayError("disk", "there is no room for the audit trail")
        if self._spool.fault is not None:
            raise EngineAwayError("disk", f"it does not take the audit trail: {self._spool.fault}")
        return True

    async def is_delivered(self) -> bool:
        """Whether every engine takes what is recorded."""
        late = [delivery.engine for delivery in self._deliveries if delivery.is_late]
        if late:
            raise EngineAwayError(late[0], f"the audit trail waits on disk for {' and '.join(late)}")
        return await self.takes()

    def _deliver(self, block: Spooled) -> None:
        self._outstanding[block] = len(self._deliveries)
        for delivery in self._deliveries:
            delivery.add(block)

    def _taken(self, block: Spooled) -> None:
        self._outstanding[block] -= 1
        if not self._outstanding[block]:
            del self._outstanding[block]
            self._spool.delivered(block)

    async def _file(self, blocks: Sequence[Spooled]) -> None:
        heads = self._kafka.heads()
        await self._store.add(await asyncio.to_thread(_rows, blocks), heads)
        self._kafka.noted(heads)

    async def _publish(self, blocks: Sequence[Spooled]) -> None:
        await self._kafka.send(blocks)
        # How far Kafka has come is told to Cassandra at once: by that a tail that is cut is found.
        self._to_cassandra.wake()


def _rows(blocks: Sequence[Spooled]) -> list[Row]:
    return [row for block in blocks for row in rows_of(block.read())]


def _now() -> str:
    seconds, micros = divmod(time.time_ns() // 1000, 1_000_000)
    return f"{_second(seconds)}.{micros:06d}Z"


# Of the thousands of entries of a second each has the same text up to here.
@functools.lru_cache(2)
def _second(seconds: int) -> str:
    return format_rfc3339(seconds * 1_000_000)[:-1]
