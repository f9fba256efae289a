"""What the stream processor reads from Cassandra and writes to it: rows of ECGs, segments, progress, what expired."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from schemas.positions import NO_POSITION
from schemas.stored import month_of
from schemas.uploaded import Provenance
from service_kit.engines.cassandra.database import Bound, Database, Row, Statement
from stream_processor import ecg_rows
from stream_processor.insights.insight import Insight

TABLES = (
    "insights_by_ecg",
    "ecgs_by_owner",
    "months_by_owner",
    "acceptances_by_owner",
    "ecgs_by_device",
    "progress",
    "expired_ranges",
)

# An owner's month is announced once a process; so many are remembered.
_REMEMBERED_MONTHS = 100_000

_PARTS = Statement(f"""
    SELECT insight, version, segment, segments, result, accepted_at, date, date_source, device_id,
        WRITETIME(result) AS own_position
    FROM insights_by_ecg
    WHERE owner_id = ? AND ecg_id = ? AND position = {NO_POSITION} AND content_hash = ?""")  # noqa: S608 - a constant of ours

_EXPIRED = Statement("""
    INSERT INTO expired_ranges (topic_id, partition, start, stop, since, until, found_at)
    VALUES (?, ?, ?, ?, ?, ?, ?)""")


class Store:
    """Writes and reads at LOCAL_QUORUM. Every method raises EngineAwayError when Cassandra did not
    confirm."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._months: OrderedDict[tuple[Any, str], None] = OrderedDict()

    async def write(self, statements: Sequence[Bound], listed: Sequence[Provenance], *, now: int) -> None:
        """Write the rows, and of ECGs that enter their owners' lists that they arrive `now`, in µs since the epoch, and
        the months not yet announced.
        """
        fresh = {(origin.owner_id, month_of(origin.date)): origin for origin in listed}
        for known in fresh.keys() & self._months.keys():
            del fresh[known]
        arrivals = [ecg_rows.arrival(origin, now) for origin in listed]
        months = [ecg_rows.month(origin) for origin in fresh.values()]
        await self._database.execute_all(ecg_rows.together([*statements, *arrivals, *months]))
        self._months.update(dict.fromkeys(fresh))
        while len(self._months) > _REMEMBERED_MONTHS:
            self._months.popitem(last=False)

    def forget(self) -> None:
        """What was written is no longer there."""
        self._months.clear()

    async def complete_parts(
        self, origin: Provenance, insights: Sequence[Insight[Any]]
    ) -> tuple[Provenance, list[tuple[Insight[Any], list[str]]]]:
        """Of each insight of which a recording's segments are all there, their contributions in order of time; and the
        provenance of the whole.

        The whole stands where its last segment does, and was accepted when that was: whichever event completes it, and
        how often they were sent.
        """
        found = await self._database.execute(_PARTS, (origin.owner_id, origin.ecg_id, origin.content_hash))
        parts: dict[tuple[str, int], dict[int, Row]] = {}
        for row in found:
            # Another version may have cut the same content into another number of segments.
            if row["segments"] == origin.segments:
                parts.setdefault((row["insight"], row["version"]), {})[row["segment"]] = row
        whole, complete = origin, []
        for insight in insights:
            segments = parts.get((insight.name, insight.version), {})
            if len(segments) == origin.segments:
                complete.append((insight, [segments[number]["result"] for number in sorted(segments)]))
                whole = _at_last(origin, segments[origin.segments - 1])
        return whole, complete

    async def write_progress(
        self, topic_id: str, next_offsets: Mapping[int, int], *, now: int, stamp: int
    ) -> None:
        """Record how far each partition of a topic has been processed. `now` is in µs since the epoch; of two that
        are written, the one with the larger stamp holds.
        """
        await self._database.execute_all([ecg_rows.progress(topic_id, next_offsets, now, stamp)])

    async def write_expired(
        self, topic_id: str, partition: int, offsets: range, *, since: int, until: int, now: int
    ) -> None:
        """Record offsets that were never read and are gone. Instants are in µs since the epoch."""
        values = (topic_id, partition, offsets.start, offsets.stop, since, until, now)
        await self._database.execute_all([(_EXPIRED, values)])


def _at_last(origin: Provenance, last: Row) -> Provenance:
    return replace(
        origin,
        position=last["own_position"],
        accepted_at=last["accepted_at"],
        date=last["date"],
        date_source=last["date_source"],
        device_id=last["device_id"],
    )
