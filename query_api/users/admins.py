"""The admins who may sign in and have done so: one of them always stays.

One row of Cassandra holds all of them, and changes by lightweight transactions alone.
"""

from collections.abc import Awaitable, Callable
from uuid import UUID

from service_kit.engines.cassandra.database import Database, Statement
from service_kit.engines.errors import EngineAwayError

TABLES = ("admins",)

_NAME = "all"
# Two who change it at the same time agree after as many attempts, many times over.
_ATTEMPTS = 16

_ACTIVE = Statement("SELECT active FROM admins WHERE name = ?", serial=True)
_CHANGE = Statement("UPDATE admins SET active = ? WHERE name = ? IF active = ?", conditional=True)

IsActive = Callable[[UUID], Awaitable[bool]]


class Admins:
    """Every method raises EngineAwayError when Cassandra did not confirm; to call again is safe."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def join(self, user_id: UUID) -> None:
        """An active admin has signed in."""
        for _ in range(_ATTEMPTS):
            there = await self._there()
            if user_id in there or await self._change(there, there | {user_id}):
                return
        raise EngineAwayError("cassandra", "others change the admins")

    async def leave(self, user_id: UUID, is_active: IsActive) -> bool:
        """Take an admin out, and return True; or change nothing, and return False where nobody else would be left.

        `is_active`: whether a user is an active admin now.
        """
        for _ in range(_ATTEMPTS):
            there = await self._there()
            others = {other for other in there - {user_id} if await is_active(other)}
            if not others:
                return False
            if await self._change(there, others):
                return True
        raise EngineAwayError("cassandra", "others change the admins")

    async def _there(self) -> set[UUID]:
        rows = await self._database.execute(_ACTIVE, (_NAME,))
        return set(rows[0]["active"] or ()) if rows else set()

    async def _change(self, old: set[UUID], new: set[UUID]) -> bool:
        (row,) = await self._database.execute(_CHANGE, (new, _NAME, old or None))
        return bool(row["[applied]"])
