"""The rows of an ECG: every write an upsert of the same row, ordered and stamped by the event's position in the log.

A replay writes what is there already, whatever any clock says; a replay of an old event after an erasure stays erased,
because the erasure's position, and so its tombstone, lies behind that of the event.
"""

from collections.abc import Iterable, Mapping

from schemas.insights import InsightResult
from schemas.positions import NO_POSITION
from schemas.stored import COMPUTED, PARTIAL, REJECTED, WHOLE, month_of, week_of
from schemas.uploaded import Provenance
from service_kit.engines.cassandra.database import Batch, Statement

_INSIGHT = """
    INSERT INTO insights_by_ecg (owner_id, ecg_id, position, content_hash, insight, version, segment,
        segments, status, accepted_at, date, date_source, sampling_frequency, result, reason)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ?"""
_ECG = """
    INSERT INTO ecgs_by_owner (owner_id, month, date, ecg_id, accepted_at, content_hash, date_source, leads,
        samples, sampling_frequency, status)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ?"""
_MONTH = "INSERT INTO months_by_owner (owner_id, month) VALUES (?, ?) USING TIMESTAMP ?"
_ARRIVAL = """
    INSERT INTO acceptances_by_owner (owner_id, week, received_at, ecg_id, content_hash, status)
    VALUES (?, ?, ?, ?, ?, ?) USING TIMESTAMP ?"""
_PROGRESS = """
    INSERT INTO progress (topic_id, partition, next_offset, updated_at) VALUES (?, ?, ?, ?) USING TIMESTAMP ?"""

# Tables of which one partition holds rows of many ECGs.
_LISTS = frozenset({_ECG, _ARRIVAL})
# Rows of a list that are written as one: some 30 kB, and no batch of events is much larger.
_MOST_TOGETHER = 100


def answer(origin: Provenance, result: InsightResult, encoded: str) -> Statement:
    """The row with the answer of one insight for a whole recording. `encoded`: the result as JSON."""
    return _insight(origin, origin.position, result.name, result.version, WHOLE, COMPUTED, encoded, None)


def part(origin: Provenance, name: str, version: int, encoded: str) -> Statement:
    """The row with what one segment contributes to an insight, whoever sends the same content again."""
    return _insight(origin, NO_POSITION, name, version, origin.segment, PARTIAL, encoded, None)


def rejection(origin: Provenance, reason: str) -> Statement:
    """The row that tells the owner why there will be no answer."""
    return _insight(origin, origin.position, "", 0, WHOLE, REJECTED, None, reason)


def _insight(
    origin: Provenance,
    position: int,
    name: str,
    version: int,
    segment: int,
    status: str,
    result: str | None,
    reason: str | None,
) -> Statement:
    return _INSIGHT, (
        origin.owner_id,
        origin.ecg_id,
        position,
        origin.content_hash,
        name,
        version,
        segment,
        origin.segments,
        status,
        origin.accepted_at,
        origin.date,
        origin.date_source,
        origin.sampling_frequency,
        result,
        reason,
        origin.position,
    )


def listing(origin: Provenance, leads: int) -> Statement:
    """The row by which the owner finds the computed ECG by its date of recording."""
    return _ECG, (
        origin.owner_id,
        month_of(origin.date),
        origin.date,
        origin.ecg_id,
        origin.accepted_at,
        origin.content_hash,
        origin.date_source,
        leads,
        origin.number_of_samples,
        origin.sampling_frequency,
        COMPUTED,
        origin.position,
    )


def arrival(origin: Provenance, received_at: int) -> Statement:
    """The row by which the owner finds what has become readable. `received_at`: now, of this very attempt to write it,
    in µs since the epoch: a row that could not be written for an hour arrives when it can be.
    """
    return _ARRIVAL, (
        origin.owner_id,
        week_of(received_at),
        received_at,
        origin.ecg_id,
        origin.content_hash,
        COMPUTED,
        origin.position,
    )


def month(origin: Provenance) -> Statement:
    """The row that says that the owner has recordings of this month."""
    return _MONTH, (origin.owner_id, month_of(origin.date), origin.position)


def progress(topic_id: str, next_offsets: Mapping[int, int], now: int, stamp: int) -> Batch:
    """The rows that say how far partitions have been processed: everything before the offset of each. `now` is in µs
    since the epoch; `stamp` is later than that of the row before, whatever the clock of the worker that wrote it.
    """
    return Batch(
        [
            (_PROGRESS, (topic_id, partition, next_offset, now, stamp))
            for partition, next_offset in next_offsets.items()
        ]
    )


def together(statements: Iterable[Statement]) -> list[Statement | Batch]:
    """The same writes, those to one partition of a list as one: for Cassandra and the driver that is one write."""
    apart: list[Statement | Batch] = []
    lists: dict[tuple[object, ...], list[Statement]] = {}
    for statement in statements:
        text, values = statement
        if text not in _LISTS:
            apart.append(statement)
            continue
        # Of either list: the owner, and the month or week.
        rows = lists.setdefault((text, *values[:2]), [])
        rows.append(statement)
        if len(rows) == _MOST_TOGETHER:
            apart.append(Batch(lists.pop((text, *values[:2]))))
    return [*apart, *(Batch(rows) if len(rows) > 1 else rows[0] for rows in lists.values())]
