"""The rows of an ECG: every write an upsert of the same row, ordered and stamped by the event's position in the log.

A replay writes what is there already, whatever any clock says; a replay of an old event after an erasure stays erased,
because the erasure's position, and so its tombstone, lies behind that of the event.
"""

from collections.abc import Iterable, Mapping

from schemas.insights import InsightResult
from schemas.positions import NO_POSITION
from schemas.stored import COMPUTED, PARTIAL, REJECTED, WHOLE, month_of, week_of
from schemas.uploaded import Provenance
from service_kit.engines.cassandra.database import Batch, Bound, Statement

_INSIGHT = Statement("""
    INSERT INTO insights_by_ecg (owner_id, ecg_id, position, content_hash, insight, version, segment,
        segments, status, accepted_at, date, date_source, sampling_frequency, result, reason,
        device_id)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ?""")
_ECG = Statement(
    """
    INSERT INTO ecgs_by_owner (owner_id, month, date, ecg_id, accepted_at, content_hash, date_source, leads,
        samples, sampling_frequency, status)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ?""",
    list_key=2,
)
_MONTH = Statement("INSERT INTO months_by_owner (owner_id, month) VALUES (?, ?) USING TIMESTAMP ?")
_ARRIVAL = Statement(
    """
    INSERT INTO acceptances_by_owner (owner_id, week, received_at, ecg_id, content_hash, status)
    VALUES (?, ?, ?, ?, ?, ?) USING TIMESTAMP ?""",
    list_key=2,
)
_SENT = Statement(
    """
    INSERT INTO ecgs_by_device (owner_id, device_id, week, accepted_at, ecg_id, content_hash, status, reason)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ?""",
    list_key=3,
)
_PROGRESS = Statement("""
    INSERT INTO progress (topic_id, partition, next_offset, updated_at) VALUES (?, ?, ?, ?) USING TIMESTAMP ?""")

# Rows of a list that are written as one: some 30 kB, and no batch of events is much larger.
_MOST_TOGETHER = 100


def answer(origin: Provenance, result: InsightResult, encoded: str) -> Bound:
    """The row with the answer of one insight for a whole recording. `encoded`: the result as JSON."""
    return _insight(origin, origin.position, result.name, result.version, WHOLE, COMPUTED, encoded, None)


def part(origin: Provenance, name: str, version: int, encoded: str) -> Bound:
    """The row with what one segment contributes to an insight, whoever sends the same content again."""
    return _insight(origin, NO_POSITION, name, version, origin.segment, PARTIAL, encoded, None)


def rejection(origin: Provenance, reason: str) -> Bound:
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
) -> Bound:
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
        origin.device_id,
        origin.position,
    )


def listing(origin: Provenance, leads: int) -> Bound:
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


def arrival(origin: Provenance, received_at: int) -> Bound:
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


def sent(origin: Provenance, reason: str | None = None) -> list[Bound]:
    """The row by which the owner finds what a device sent; none where the owner did. `reason`: why it was rejected."""
    if origin.device_id is None:
        return []
    values = (
        origin.owner_id,
        origin.device_id,
        week_of(origin.accepted_at),
        origin.accepted_at,
        origin.ecg_id,
        origin.content_hash,
        COMPUTED if reason is None else REJECTED,
        reason,
        origin.position,
    )
    return [(_SENT, values)]


def month(origin: Provenance) -> Bound:
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


def together(statements: Iterable[Bound]) -> list[Bound | Batch]:
    """The same writes, those to one partition of a list as one: for Cassandra and the driver that is one write."""
    apart: list[Bound | Batch] = []
    lists: dict[tuple[object, ...], list[Bound]] = {}
    for bound in statements:
        statement, values = bound
        if not statement.list_key:
            apart.append(bound)
            continue
        partition = (statement, *values[: statement.list_key])
        rows = lists.setdefault(partition, [])
        rows.append(bound)
        if len(rows) == _MOST_TOGETHER:
            apart.append(Batch(lists.pop(partition)))
    return [*apart, *(Batch(rows) if len(rows) > 1 else rows[0] for rows in lists.values())]
