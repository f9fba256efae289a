"""Users in Cassandra. An address is taken once: the lightweight transaction on ``users_by_email`` decides.

``users_by_email`` says who is a user; ``users_by_id`` is written before it, so that it holds every user.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from schemas.claims import Role
from service_kit.engines.cassandra.database import Database, Statement
from service_kit.engines.errors import EngineAwayError

TABLES = ("users_by_email", "users_by_id")

_INSERT_BY_ID = Statement(
    "INSERT INTO users_by_id (user_id, email, role, created_at, active) VALUES (?, ?, ?, ?, ?)"
)
_DELETE_BY_ID = Statement("DELETE FROM users_by_id WHERE user_id = ?")
_SELECT_BY_ID = Statement(
    "SELECT user_id, email, role, created_at, active FROM users_by_id WHERE user_id = ?"
)
_CLAIM = Statement(
    """
    INSERT INTO users_by_email (email, user_id, password_hash, role, created_at, active)
    VALUES (?, ?, ?, ?, ?, ?) IF NOT EXISTS""",
    conditional=True,
)
_SELECT_BY_EMAIL = Statement("""
    SELECT email, user_id, password_hash, role, created_at, active FROM users_by_email WHERE email = ?""")
# Serial: a claim that was not confirmed has happened or not, and this ends it one way or the other and tells which.
_HOLDER = Statement("SELECT user_id FROM users_by_email WHERE email = ?", serial=True)
_RENEW = Statement(
    """
    UPDATE users_by_email SET password_hash = ?, role = ?, active = true WHERE email = ? IF user_id = ?""",
    conditional=True,
)
_PAGE = Statement("""
    SELECT email, user_id, role, created_at, active, token(email) AS position FROM users_by_email
    WHERE token(email) > ? LIMIT ?""")

# Below every token of Cassandra's partitioner.
BEFORE_ALL = -(2**63)


@dataclass(frozen=True, slots=True)
class User:
    """A user. `created_at`: µs since the epoch. `active`: whether they may sign in."""

    id: UUID
    email: str
    role: Role
    created_at: int
    active: bool = True


class UserStore:
    """Every method raises EngineAwayError when Cassandra did not confirm."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, user: User, password_hash: str) -> bool:
        """Add the user and return True, or change nothing and return False where the address is taken."""
        await self._insert_by_id(user)
        holder = await self._claim(user, password_hash)
        if holder == user.id:
            return True
        if holder is None:
            raise EngineAwayError("cassandra", "the transaction was not confirmed")
        await self._database.execute(_DELETE_BY_ID, (user.id,))
        return False

    async def renew(self, user: User, password_hash: str) -> None:
        """Give a user, held by its address, this password and role, and let them sign in."""
        await self._insert_by_id(user)
        await self._database.execute(_RENEW, (password_hash, user.role, user.email, user.id))

    async def by_email(self, email: str) -> tuple[User, str] | None:
        """The user of a normalised address, and the hash of their password."""
        rows = await self._database.execute(_SELECT_BY_EMAIL, (email,))
        return (_user(rows[0]), rows[0]["password_hash"]) if rows else None

    async def by_id(self, user_id: UUID) -> User | None:
        """The user of an id."""
        rows = await self._database.execute(_SELECT_BY_ID, (user_id,))
        return _user(rows[0]) if rows else None

    async def page(self, after: int, limit: int) -> list[tuple[User, int]]:
        """Up to `limit` users behind position `after`, each with its position, in a meaningless order."""
        rows = await self._database.execute(_PAGE, (after, limit))
        return [(_user(row), row["position"]) for row in rows]

    async def _insert_by_id(self, user: User) -> None:
        await self._database.execute(
            _INSERT_BY_ID, (user.id, user.email, user.role, user.created_at, user.active)
        )

    async def _claim(self, user: User, password_hash: str) -> UUID | None:
        """Who holds the address now: this user or another; None where that could not be told."""
        values = (user.email, user.id, password_hash, user.role, user.created_at, user.active)
        try:
            (row,) = await self._database.execute(_CLAIM, values)
        except EngineAwayError:
            rows = await self._database.execute(_HOLDER, (user.email,))
            return rows[0]["user_id"] if rows else None
        # Not applied may also mean that the driver asked twice: then the holder is this very user.
        return user.id if row["[applied]"] else row["user_id"]


def _user(row: Mapping[str, Any]) -> User:
    return User(row["user_id"], row["email"], row["role"], row["created_at"], row["active"])
