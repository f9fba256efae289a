"""What was refused to devices: kept as ingest APIs tell it on ``ecg.refusals.v1``, and read for a device's owner.

The copies of this service share the topic as one group; an event is done with once its row is there, and the same event
again is the same row. While Kafka is away what was kept is answered.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

import msgspec
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from query_api.settings import Settings
from schemas.cloudevents import UndecodableEventError
from schemas.refusals import Refusals, decode_refusals
from schemas.times import parse_rfc3339
from schemas.topics import REFUSALS
from service_kit import logs, tasks
from service_kit.engines.backoff import backoff
from service_kit.engines.cassandra.database import Bound, Database, Statement
from service_kit.engines.errors import EngineAwayError
from service_kit.engines.kafka.publisher import client_options
from service_kit.engines.kafka.reading import ANSWER_SECONDS

_log = logging.getLogger(__name__)

TABLES = ("refusals_by_device",)
GROUP = "query_api"

_STOP_SECONDS = 2.0
_WAIT_MS = 1_000
_AT_ONCE = 500
# A row by week and counter: of more processes in five weeks the earliest are left out.
_MOST_ROWS = 1_000

# By the total, which only grows, and no clock: what is read again never hides what came later.
_PUT = Statement("""
    INSERT INTO refusals_by_device (owner_id, device_id, week, counter, refused, last_refused_at)
    VALUES (?, ?, ?, ?, ?, ?) USING TIMESTAMP ?""")
_FOUND = Statement(f"""
    SELECT refused, last_refused_at FROM refusals_by_device
    WHERE owner_id = ? AND device_id = ? AND week >= ? ORDER BY week DESC LIMIT {_MOST_ROWS}""")  # noqa: S608 - a constant of ours

_counts = msgspec.json.Decoder(dict[str, int])


@dataclass(frozen=True, slots=True)
class Refused:
    """What was refused to a device, by the name of the problem; `last_at`: when the last was, µs since the epoch."""

    counts: Mapping[str, int]
    last_at: int | None


async def refused_since(database: Database, owner_id: UUID, device_id: UUID, week: str) -> Refused:
    """What was refused to a device in this ISO week and later. Raises EngineAwayError."""
    counts: Counter[str] = Counter()
    rows = await database.execute(_FOUND, (owner_id, device_id, week))
    for row in rows:
        counts.update(_counts.decode(row["refused"]))
    return Refused(dict(counts), max((row["last_refused_at"] for row in rows), default=None))


class KeptRefusals:
    """Keeps what ingest APIs tell, in the background."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Begin to follow; returns at once, also while Kafka is away."""
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Stop following."""
        await tasks.end(self._task)

    async def _run(self) -> None:
        waits = backoff()
        while True:
            consumer = AIOKafkaConsumer(
                REFUSALS.name,
                group_id=GROUP,
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                **client_options(self._settings),
            )
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    await consumer.start()
                while True:
                    await self._keep_some(consumer)
                    waits = backoff()
            except (KafkaError, OSError, TimeoutError, EngineAwayError) as error:
                _log.warning("what was refused waits for an engine", extra={"cause": type(error).__name__})
            except asyncio.CancelledError:
                if tasks.told_to_end():
                    raise
                _log.warning("the client of what was refused broke off, trying again")
            except Exception as error:  # noqa: BLE001 - it goes on for the life of the service
                logs.unforeseen(_log, error)
            finally:
                await tasks.bounded(consumer.stop(), _STOP_SECONDS)
            await asyncio.sleep(next(waits))

    async def _keep_some(self, consumer: AIOKafkaConsumer) -> None:
        found = await consumer.getmany(timeout_ms=_WAIT_MS, max_records=_AT_ONCE)
        records = [record for some in found.values() for record in some]
        if not records:
            return
        puts: list[Bound] = []
        for record in records:
            try:
                puts.append((_PUT, _row(decode_refusals(record.value))))
            except UndecodableEventError:
                _log.warning("passed over a record that cannot be read", extra={"offset": record.offset})
        await self._database.execute_all(puts)
        await consumer.commit()


def _row(told: Refusals) -> tuple[object, ...]:
    last, total = parse_rfc3339(told.last_refused_at), sum(told.refused.values())
    counts = msgspec.json.encode(told.refused).decode()
    return (told.owner_id, told.device_id, told.week, told.counter, counts, last, total)
