"""Sessions in Cassandra. They change by lightweight transactions alone."""

import time
from dataclasses import dataclass
from uuid import UUID

from service_kit.engines.cassandra.database import Database, Statement
from service_kit.engines.errors import EngineAwayError

TABLES = ("sessions",)

_BEGIN = Statement(
    """
    INSERT INTO sessions (user_id, session_id, scope, generation, began_at, traded_at, ends_at)
    VALUES (?, ?, ?, 0, ?, ?, ?) IF NOT EXISTS USING TTL ?""",
    conditional=True,
)
_ONE = Statement(
    """
    SELECT session_id, scope, generation, began_at, traded_at, ends_at FROM sessions
    WHERE user_id = ? AND session_id = ?""",
    serial=True,
)
_TRADE = Statement(
    """
    UPDATE sessions USING TTL ? SET generation = ?, traded_at = ?
    WHERE user_id = ? AND session_id = ? IF generation = ?""",
    conditional=True,
)
_END = Statement("DELETE FROM sessions WHERE user_id = ? AND session_id = ? IF EXISTS", conditional=True)

_SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Session:
    """A session. `generation`: of its refresh token that is good; instants are µs since the epoch."""

    id: UUID
    scope: str
    generation: int
    began_at: int
    traded_at: int
    ends_at: int


class SessionStore:
    """Every method raises EngineAwayError when Cassandra did not confirm."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, user_id: UUID, session_id: UUID, scope: str, *, after: int, seconds: int) -> int:
        """A new session, which begins after this instant, whatever clocks say, and ends by itself after so long.

        When it began.
        """
        now = max(_now(), after + 1)
        values = user_id, session_id, scope, now, now, now + seconds * _SECOND, seconds
        await self._database.execute(_BEGIN, values)
        return now

    async def get(self, user_id: UUID, session_id: UUID) -> Session | None:
        """The session, unless it has ended."""
        rows = await self._database.execute(_ONE, (user_id, session_id))
        if not rows or rows[0]["ends_at"] is None or rows[0]["generation"] is None:
            return None
        row = rows[0]
        return Session(
            row["session_id"],
            row["scope"],
            row["generation"],
            row["began_at"],
            row["traded_at"],
            row["ends_at"],
        )

    async def trade(self, user_id: UUID, session: Session) -> bool:
        """Make the next refresh token the good one; False where another has done so, or the session has ended."""
        now = _now()
        left = (session.ends_at - now) // _SECOND
        if left < 1:
            return False
        values = left, session.generation + 1, now, user_id, session.id, session.generation
        (row,) = await self._database.execute(_TRADE, values)
        return bool(row["[applied]"])

    async def end(self, user_id: UUID, session_id: UUID) -> None:
        """End a session, if it is there."""
        try:
            await self._database.execute(_END, (user_id, session_id))
        except EngineAwayError:
            if await self.get(user_id, session_id) is not None:
                raise


def _now() -> int:
    return time.time_ns() // 1000
