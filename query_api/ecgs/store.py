"""ECGs in Cassandra. Every question takes the owner first; there is none without.

Reads are bounded: a device that sends the same ECG ten thousand times must not make reading it slow.
"""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from query_api.ecgs.choosing import Row
from query_api.ecgs.contents import ROWS_AT_ONCE, between, each_content
from schemas.positions import NO_POSITION
from service_kit.engines.cassandra.database import Bound, Database, Statement

TABLES = ("insights_by_ecg", "ecgs_by_owner", "months_by_owner", "acceptances_by_owner", "devices_by_owner")

# Of each ECG on a page of 200: all of them together stay below the driver's page of 5,000 rows.
_MAX_ROWS_OF_EACH = 20
_MAX_MONTHS = 240

_SUMMARY = """ecg_id, position, content_hash, segment, status, accepted_at, date, date_source,
    sampling_frequency, device_id"""
_ALL = f"{_SUMMARY}, insight, version, result, reason"
# In order of acceptance, so the answer is among the first. The parts of segmented recordings lie before.
_ANSWER = Statement(f"""
    SELECT {_ALL} FROM insights_by_ecg
    WHERE owner_id = ? AND ecg_id = ? AND position > {NO_POSITION} LIMIT {ROWS_AT_ONCE}""")  # noqa: S608 - constants of ours
_ANSWERS = Statement(f"""
    SELECT {_SUMMARY} FROM insights_by_ecg
    WHERE owner_id = ? AND ecg_id IN ? AND position > {NO_POSITION}
    PER PARTITION LIMIT {_MAX_ROWS_OF_EACH}""")  # noqa: S608
_BETWEEN_CONTENTS, _BETWEEN_SUMMARIES = between(_ALL), between(_SUMMARY)
_MONTHS = Statement(f"""
    SELECT month FROM months_by_owner WHERE owner_id = ? AND month >= ? AND month <= ? LIMIT {_MAX_MONTHS}""")  # noqa: S608
_LISTED = """
    SELECT date, ecg_id, accepted_at, content_hash, date_source, leads, samples, sampling_frequency, status
    FROM ecgs_by_owner WHERE owner_id = ? AND month = ? AND """
_BETWEEN = Statement(_LISTED + "date >= ? AND date < ? LIMIT ?")
_AT = Statement(_LISTED + "date = ? AND ecg_id > ? LIMIT ?")

_RECEIVED = Statement("""
    SELECT received_at, ecg_id FROM acceptances_by_owner
    WHERE owner_id = ? AND week = ? AND (received_at, ecg_id) > (?, ?) LIMIT ?""")
_DOUBTS = Statement("""
    SELECT device_id, suspect_from FROM devices_by_owner WHERE owner_id = ? AND device_id IN ?""")
_ENTRIES = Statement("""
    SELECT ecg_id, content_hash, leads, samples
    FROM ecgs_by_owner WHERE owner_id = ? AND month = ? AND (date, ecg_id) IN ?""")


class EcgStore:
    """Every method raises EngineAwayError when Cassandra did not answer. Instants are µs since the epoch."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def answer(self, owner_id: UUID, ecg_id: str) -> list[Row]:
        """What is known of one ECG, in no order that means anything: the rows of its answer, and at least one of every
        other content.
        """
        rows = list(await self._database.execute(_ANSWER, (owner_id, ecg_id)))
        if len(rows) < ROWS_AT_ONCE:
            return rows
        return await each_content(self._database, _BETWEEN_CONTENTS, owner_id, ecg_id)

    async def answers(self, owner_id: UUID, ecg_ids: Sequence[str]) -> dict[str, list[Row]]:
        """The same, without results, of each of some ECGs; those of which nothing is known are left out."""
        found: dict[str, list[Row]] = {}
        for row in await self._database.execute(_ANSWERS, (owner_id, list(ecg_ids))):
            found.setdefault(row["ecg_id"], []).append(row)
        often = [ecg_id for ecg_id, rows in found.items() if len(rows) == _MAX_ROWS_OF_EACH]
        reads = [each_content(self._database, _BETWEEN_SUMMARIES, owner_id, ecg_id) for ecg_id in often]
        return found | dict(zip(often, await asyncio.gather(*reads), strict=True))

    async def months(self, owner_id: UUID, oldest: str, newest: str) -> tuple[list[str], bool]:
        """The owner's months, newest first, both ends included; and whether these are all there are."""
        rows = await self._database.execute(_MONTHS, (owner_id, oldest, newest))
        return [row["month"] for row in rows], len(rows) < _MAX_MONTHS

    async def listed(
        self, owner_id: UUID, months: Sequence[str], since: int, before: int, limit: int
    ) -> list[Row]:
        """The owner's list of these months, newest first, up to `limit` a month.

        Dates from `since`, included, to `before`, not included.
        """
        statements: list[Bound] = [(_BETWEEN, (owner_id, month, since, before, limit)) for month in months]
        return _joined(await self._database.execute_all(statements))

    async def listed_after(
        self, owner_id: UUID, month: str, date: int, ecg_id: str, since: int, limit: int
    ) -> list[Row]:
        """The rest of a month's list behind the entry (date, ecg_id), up to twice `limit`."""
        return _joined(
            await self._database.execute_all(
                [
                    (_AT, (owner_id, month, date, ecg_id, limit)),
                    (_BETWEEN, (owner_id, month, since, date, limit)),
                ]
            )
        )

    async def received(self, places: Sequence[tuple[UUID, str, int, str]], limit: int) -> list[Row]:
        """What arrived in each of some weeks behind a position, in their order, up to `limit` a week.

        A place: owner, week, and the instant and the ECG id of the position.
        """
        return _joined(await self._database.execute_all([(_RECEIVED, (*place, limit)) for place in places]))

    async def doubts(self, owner_id: UUID, device_ids: Sequence[UUID]) -> dict[UUID | None, int]:
        """From when on what some of the owner's devices sent is in doubt; those that are not in doubt are left out."""
        rows = await self._database.execute(_DOUBTS, (owner_id, list(device_ids)))
        return {row["device_id"]: row["suspect_from"] for row in rows if row["suspect_from"] is not None}

    async def entries(self, owner_id: UUID, places: Sequence[tuple[str, int, str]]) -> dict[str, Row]:
        """The entries of the owner's list at these places (month, date, ECG id), by ECG id."""
        by_month: dict[str, list[tuple[int, str]]] = {}
        for month, date, ecg_id in places:
            by_month.setdefault(month, []).append((date, ecg_id))
        statements: list[Bound] = [(_ENTRIES, (owner_id, month, found)) for month, found in by_month.items()]
        return {row["ecg_id"]: row for row in _joined(await self._database.execute_all(statements))}


def _joined(groups: Sequence[Sequence[Any]]) -> list[Row]:
    return [row for group in groups for row in group]
