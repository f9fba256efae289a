"""Whether tables were dropped and made again, or emptied: what was written to them before is gone.

When a table was made is in its id. When it was emptied, each node keeps for itself.
"""

import struct
from collections.abc import Collection
from uuid import UUID

from cassandra.util import unix_time_from_uuid1

from service_kit.engines.cassandra import errors
from service_kit.engines.cassandra.database import Database, Statement

_IDS = Statement("SELECT table_name, id FROM system_schema.tables WHERE keyspace_name = ?")
_TRUNCATED = Statement("SELECT host_id, truncated_at FROM system.local")
# A segment of the commit log and a position in it, then milliseconds since the epoch.
_TRUNCATION = struct.Struct(">qiq")
# The nodes empty a table together, each by its own clock. What another node tells of it is no news.
_TOGETHER_MICROS = 60_000_000


class Emptied:
    """Of some tables. `since`: the latest at which one was made or emptied, in µs since the epoch; 0 before a look."""

    def __init__(self, database: Database, tables: Collection[str]) -> None:
        self._database = database
        self._tables = tables
        self._ids: frozenset[UUID] = frozenset()
        self._emptied: dict[UUID, dict[UUID, int]] = {}
        self.since = 0

    async def look(self) -> bool:
        """Whether it has happened since the last look; the first finds nothing. Raises EngineAwayError."""
        keyspace = self._database.keyspace
        found = {row["table_name"]: row["id"] for row in await self._database.execute(_IDS, (keyspace,))}
        for table in self._tables:
            if table not in found:
                raise errors.table_missing(keyspace, table)
        ids = frozenset(found[table] for table in self._tables)
        (node,) = await self._database.execute(_TRUNCATED)
        emptied = {
            table: _TRUNCATION.unpack(told)[2] * 1_000
            for table, told in (node["truncated_at"] or {}).items()
            if table in ids
        }
        news = self._is_news(ids, node["host_id"], emptied)
        self._ids, self._emptied[node["host_id"]] = ids, emptied
        made = [int(unix_time_from_uuid1(one) * 1e6) for one in ids]
        self.since = max(self.since, *made, *emptied.values())
        return news

    def _is_news(self, ids: frozenset[UUID], host: UUID, emptied: dict[UUID, int]) -> bool:
        if not self._ids:
            return False
        if ids != self._ids:
            return True
        before = self._emptied.get(host)
        if before is None:
            return max(emptied.values(), default=0) > self.since + _TOGETHER_MICROS
        return any(instant > before.get(table, 0) for table, instant in emptied.items())
