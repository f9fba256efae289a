"""What the stream processor asks of Cassandra."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

from schemas.stored import WHOLE, month_of
from schemas.uploaded import Provenance
from service_kit.cassandra import Database, Statement
from stream_processor import rows
from stream_processor.insights.insight import Insight

TABLES = ("insights_by_ecg", "ecgs_by_owner", "months_by_owner", "acceptances_by_owner", "progress")

# An owner's month is announced once a process; so many are remembered.
_REMEMBERED_MONTHS = 100_000

_PARTS = """
    SELECT insight, version, segment, result FROM insights_by_ecg
    WHERE owner_id = ? AND ecg_id = ? AND accepted_at = ? AND content_hash = ?"""


class Store:
    """Writes and reads at LOCAL_QUORUM. Every method raises EngineAwayError when Cassandra did not
    confirm."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._months: OrderedDict[tuple[Any, str], None] = OrderedDict()

    async def write(self, statements: Sequence[Statement], listed: Sequence[Provenance]) -> None:
        """Write the rows, and for ECGs that enter their owners' lists the months not yet announced."""
        fresh = {(origin.owner_id, month_of(origin.date)): origin for origin in listed}
        for known in fresh.keys() & self._months.keys():
            del fresh[known]
        await self._database.execute_all(rows.together([*statements, *map(rows.month, fresh.values())]))
        self._months.update(dict.fromkeys(fresh))
        while len(self._months) > _REMEMBERED_MONTHS:
            self._months.popitem(last=False)

    async def complete_parts(
        self, origin: Provenance, insights: Sequence[Insight[Any]]
    ) -> list[tuple[Insight[Any], list[str]]]:
        """Of each insight whose segments are all there: their contributions, in order of time."""
        found = await self._database.execute(
            _PARTS, (origin.owner_id, origin.ecg_id, origin.accepted_at, origin.content_hash)
        )
        parts: dict[tuple[str, int], dict[int, str]] = {}
        for row in found:
            if row["segment"] != WHOLE:
                parts.setdefault((row["insight"], row["version"]), {})[row["segment"]] = row["result"]
        complete = []
        for insight in insights:
            segments = parts.get((insight.name, insight.version), {})
            if len(segments) == origin.segments:
                complete.append((insight, [segments[number] for number in sorted(segments)]))
        return complete

    async def write_progress(self, topic_id: str, next_offsets: Mapping[int, int], *, now: int) -> None:
        """Record how far each partition of a topic has been processed. `now` is in µs since the epoch."""
        await self._database.execute_all([rows.progress(topic_id, next_offsets, now)])
