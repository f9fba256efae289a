"""Reads the different contents of an ECG that was sent so often that its rows are more than are read at once.

The rows of retries lie between the answer and a conflict, and may be thousands. They are passed over where they lie:
what is asked for are the contents between those that are known, until there are none.
"""

import asyncio
from collections.abc import Sequence
from itertools import pairwise
from uuid import UUID

from query_api.ecgs.choosing import Row
from schemas.positions import NO_POSITION
from schemas.stored import COMPUTED, REJECTED
from service_kit.engines.cassandra.database import Bound, Database, Statement

ROWS_AT_ONCE = 200
# Of a device that sends ever new contents under one id, so many are told at least.
_ENOUGH_CONTENTS = 100
# Before and behind every content hash.
_FIRST, _LAST = "", "~"

Gap = tuple[str, str]


def between(columns: str) -> Statement:
    """The statement that `each_content` asks; the partition that it filters is one ECG's."""
    return Statement(f"""
        SELECT {columns} FROM insights_by_ecg
        WHERE owner_id = ? AND ecg_id = ? AND position > {NO_POSITION} AND status = ?
            AND content_hash > ? AND content_hash < ?
        LIMIT {ROWS_AT_ONCE} ALLOW FILTERING""")  # noqa: S608 - constants of ours


async def each_content(database: Database, statement: Statement, owner_id: UUID, ecg_id: str) -> list[Row]:
    """All rows of the first content that was computed, and of the first that was rejected; and of each other one the
    first. Raises EngineAwayError.
    """
    computed, rejected = await asyncio.gather(
        *(_each(database, statement, (owner_id, ecg_id, status)) for status in (COMPUTED, REJECTED))
    )
    return computed + rejected


async def _each(database: Database, statement: Statement, ecg: tuple[object, ...]) -> list[Row]:
    first: list[Row] = []
    others: dict[str, Row] = {}
    gaps: list[Gap] = [(_FIRST, _LAST)]
    while gaps and len(others) < _ENOUGH_CONTENTS:
        asked: list[Bound] = [(statement, (*ecg, *gap)) for gap in gaps]
        unread: list[Gap] = []
        for gap, rows in zip(gaps, await database.execute_all(asked), strict=True):
            # In order of acceptance: the very first rows are those of the first content.
            first = first or [row for row in rows if row["position"] == rows[0]["position"]]
            for row in rows:
                others.setdefault(row["content_hash"], row)
            if len(rows) == ROWS_AT_ONCE:
                unread += parted(gap, rows)
        gaps = unread
    return first + [row for row in others.values() if row["content_hash"] != first[0]["content_hash"]]


def parted(gap: Gap, rows: Sequence[Row]) -> list[Gap]:
    """What is left of a gap between the contents that were found in it."""
    low, high = gap
    return list(pairwise([low, *sorted({row["content_hash"] for row in rows}), high]))
