"""The audit trail in Cassandra: a trail by week, newest first, and where each chain is known to have come to.

It is a copy, for those who read: what counts is the topic. Every write is the same row again when it is made again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from query_api.audit.filing import Row
from service_kit.engines.cassandra.database import Bound, Database, Statement

TABLES = ("audit_trail", "audit_weeks", "audit_heads")

_INSERT = Statement("""
    INSERT INTO audit_trail (subject, week, began_at, chain, part, recorded) VALUES (?, ?, ?, ?, ?, ?)""")
_INSERT_WEEK = Statement("INSERT INTO audit_weeks (subject, week) VALUES (?, ?)")
# By its number and not by a clock: the furthest that was written is what is read.
_INSERT_HEAD = Statement("INSERT INTO audit_heads (chain, sequence, hash) VALUES (?, ?, ?) USING TIMESTAMP ?")
_WEEKS = Statement("SELECT week FROM audit_weeks WHERE subject = ? AND week <= ? LIMIT ?")
_ROWS = Statement("""
    SELECT began_at, chain, part, recorded FROM audit_trail
    WHERE subject = ? AND week = ? AND (began_at, chain, part) <= (?, ?, ?) LIMIT ?""")
_HEADS = Statement("""
    SELECT chain, sequence, hash, token(chain) AS position FROM audit_heads WHERE token(chain) > ? LIMIT ?""")

# Below every token of Cassandra's partitioner.
_BEFORE_ALL = -(2**63)
_HEADS_AT_ONCE = 1_000
# A subject's week is written once a process; this many are remembered.
_REMEMBERED_WEEKS = 100_000
# So many statements are under way at once.
_MOST_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class Head:
    """The last block of a chain that Kafka confirmed, by its number and hash."""

    chain: UUID
    sequence: int
    hash: str


class At(NamedTuple):
    """A row of a week. `began_at`: µs since the epoch."""

    began_at: int
    chain: str
    part: int


class AuditStore:
    """Every method raises EngineAwayError when Cassandra did not confirm."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._weeks: set[tuple[str, str]] = set()

    async def add(self, rows: Sequence[Row], heads: Sequence[Head] = ()) -> None:
        """Write rows, and heads of chains."""
        new = {(row.subject, row.week) for row in rows} - self._weeks
        await self._write([(_INSERT_WEEK, week) for week in new])
        await self._write([(_INSERT, _values(row)) for row in rows])
        await self._write([(_INSERT_HEAD, _head(head)) for head in heads])
        if len(self._weeks) > _REMEMBERED_WEEKS:
            self._weeks.clear()
        self._weeks |= new

    async def weeks(self, subject: str, last: str, limit: int) -> list[str]:
        """Up to `limit` weeks in which the trail has entries, from `last` on, newest first."""
        rows = await self._database.execute(_WEEKS, (subject, last, limit))
        return [row["week"] for row in rows]

    async def rows(self, subject: str, week: str, first: At, limit: int) -> list[tuple[At, str]]:
        """Up to `limit` rows of a week from `first` on, newest first, each with its entries as a JSON array."""
        rows = await self._database.execute(_ROWS, (subject, week, *first, limit))
        return [(At(row["began_at"], row["chain"], row["part"]), row["recorded"]) for row in rows]

    async def heads(self) -> list[Head]:
        """How far each chain is known to have come."""
        found: list[Head] = []
        after = _BEFORE_ALL
        while rows := await self._database.execute(_HEADS, (after, _HEADS_AT_ONCE)):
            found += [Head(row["chain"], row["sequence"], row["hash"]) for row in rows]
            after = rows[-1]["position"]
        return found

    async def _write(self, statements: Sequence[Bound]) -> None:
        for first in range(0, len(statements), _MOST_AT_ONCE):
            await self._database.execute_all(statements[first : first + _MOST_AT_ONCE])


def _values(row: Row) -> tuple[object, ...]:
    return row.subject, row.week, row.began_at, row.chain, row.part, row.entries


def _head(head: Head) -> tuple[object, ...]:
    return head.chain, head.sequence, head.hash, head.sequence + 1
