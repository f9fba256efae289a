"""The rows of an ECG, read from Cassandra itself: neither the processor nor the query API is asked."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from harness import access
from schemas.positions import NO_POSITION
from service_kit.engines.cassandra.database import Database, Statement
from service_kit.engines.errors import EngineAwayError

INSIGHT, VERSION = "zero_crossings", 1
# Side by side; a read of one partition takes a millisecond.
READS_AT_ONCE = 50
CONNECT_POLL_SECONDS = 0.1

_ROWS = Statement(f"""
    SELECT ecg_id, position, accepted_at, content_hash, status, result, reason, date FROM insights_by_ecg
    WHERE owner_id = ? AND ecg_id = ? AND position > {NO_POSITION} AND insight IN ('', '{INSIGHT}') ALLOW FILTERING""")  # noqa: S608

Row = dict[str, Any]


class Stored:
    """Reads answers and rejections of whole recordings at LOCAL_QUORUM. Raises EngineAwayError."""

    def __init__(self, cassandra: str) -> None:
        self._database = Database(access.cassandra_settings(cassandra))

    async def open(self) -> None:
        """Begin to connect; returns at once."""
        await self._database.open()

    async def connected(self, *, limit_seconds: float = 60.0) -> None:
        """Wait for the first answer. Raises EngineAwayError when there is none in time."""
        end = time.monotonic() + limit_seconds
        while True:
            try:
                await self._database.answers()
                return
            except EngineAwayError:
                if time.monotonic() > end:
                    raise
            await asyncio.sleep(CONNECT_POLL_SECONDS)

    async def close(self) -> None:
        """Disconnect."""
        await self._database.close()

    async def rows(self, places: Sequence[tuple[str, str]]) -> dict[tuple[str, str], list[Row]]:
        """Of each (owner id, ECG id) its rows; an empty list where there are none."""
        found: dict[tuple[str, str], list[Row]] = {}
        for first in range(0, len(places), READS_AT_ONCE):
            part = places[first : first + READS_AT_ONCE]
            groups = await self._database.execute_all([(_ROWS, (UUID(owner), ecg)) for owner, ecg in part])
            found |= {place: [dict(row) for row in rows] for place, rows in zip(part, groups, strict=True)}
        return found
