"""Users in Cassandra. An address is taken once: the lightweight transaction on ``users_by_email`` decides.

``users_by_email`` says who is a user; ``users_by_id`` is written before it, so that it holds every user.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
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
    "SELECT user_id, email, role, created_at, active, sessions_from FROM users_by_id WHERE user_id = ?"
)
_END_SESSIONS = Statement("UPDATE users_by_id SET sessions_from = ? WHERE user_id = ?")
_CLAIM = Statement(
    """
    INSERT INTO users_by_email
        (email, user_id, role, created_at, active, password_hash, invitation_hash, invited_until)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?) IF NOT EXISTS""",
    conditional=True,
)
_SELECT_BY_EMAIL = Statement("""
    SELECT email, user_id, role, created_at, active, password_hash, invitation_hash, invited_until
    FROM users_by_email WHERE email = ?""")
# Serial: what was not confirmed has happened or not, and this ends it one way or the other and tells which.
_SETTLED = Statement(
    """
    SELECT email, user_id, role, created_at, active, password_hash, invitation_hash, invited_until
    FROM users_by_email WHERE email = ?""",
    serial=True,
)
_SET_STATE = Statement(
    "UPDATE users_by_email SET role = ?, active = ? WHERE email = ? IF user_id = ?", conditional=True
)
_INVITE = Statement(
    "UPDATE users_by_email SET invitation_hash = ?, invited_until = ? WHERE email = ? IF user_id = ?",
    conditional=True,
)
_REDEEM = Statement(
    """
    UPDATE users_by_email SET password_hash = ?, invitation_hash = null, invited_until = null
    WHERE email = ? IF user_id = ? AND invitation_hash = ?""",
    conditional=True,
)
_SET_PASSWORD = Statement(
    "UPDATE users_by_email SET password_hash = ? WHERE email = ? IF user_id = ? AND password_hash = ?",
    conditional=True,
)
_PAGE = Statement("""
    SELECT email, user_id, role, created_at, active, token(email) AS position FROM users_by_email
    WHERE token(email) > ? LIMIT ?""")

# Below every token of Cassandra's partitioner.
BEFORE_ALL = -(2**63)


@dataclass(frozen=True, slots=True)
class User:
    """A user. `created_at`: µs since the epoch. `active`: whether they may sign in.

    `sessions_from`: sessions of theirs that began before this have ended, µs since the epoch; known where the user was
    read by id.
    """

    id: UUID
    email: str
    role: Role
    created_at: int
    active: bool = True
    sessions_from: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Login:
    """What a user signs in by: a password, or the invitation that is traded for one until then (µs since the epoch)."""

    password_hash: str | None = None
    invitation_hash: str | None = None
    invited_until: int | None = None


class UserStore:
    """Every method raises EngineAwayError when Cassandra did not confirm. Those that change something return whether it
    was as they were told, so that it is changed now.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, user: User, login: Login) -> bool:
        """Add the user and return True, or change nothing and return False where the address is taken."""
        await self._insert_by_id(user)
        state = user.email, user.id, user.role, user.created_at, user.active
        values = *state, login.password_hash, login.invitation_hash, login.invited_until
        # Not applied may also mean that the driver asked twice: then the holder is this very user.
        if await self._changed(_CLAIM, values, user.email, lambda held, _: held.id == user.id):
            return True
        await self._database.execute(_DELETE_BY_ID, (user.id,))
        return False

    async def set_state(self, user: User, *, role: Role, active: bool) -> bool:
        """Give a user, held by its address, this role, and let them sign in or not."""
        told = replace(user, role=role, active=active)
        values = role, active, user.email, user.id
        if not await self._changed(_SET_STATE, values, user.email, lambda held, _: held == told):
            return False
        await self._insert_by_id(told)
        return True

    async def invite(self, user: User, invitation_hash: str, until: int) -> bool:
        """Let a user trade this invitation, and no other, for a password, until then (µs since the epoch)."""
        values = invitation_hash, until, user.email, user.id
        return await self._changed(
            _INVITE, values, user.email, lambda _, login: login.invitation_hash == invitation_hash
        )

    async def redeem(self, user: User, invitation_hash: str, password_hash: str) -> bool:
        """Give a user this password for their invitation, which is gone with it."""
        values = password_hash, user.email, user.id, invitation_hash
        return await self._changed(
            _REDEEM, values, user.email, lambda _, login: login.password_hash == password_hash
        )

    async def set_password(self, user: User, before: str | None, password_hash: str) -> bool:
        """Give a user this password in the place of the one before."""
        values = password_hash, user.email, user.id, before
        return await self._changed(
            _SET_PASSWORD, values, user.email, lambda _, login: login.password_hash == password_hash
        )

    async def by_email(self, email: str) -> tuple[User, Login] | None:
        """The user of a normalised address, and what they sign in by."""
        return await self._held(_SELECT_BY_EMAIL, email)

    async def by_id(self, user_id: UUID) -> User | None:
        """The user of an id."""
        rows = await self._database.execute(_SELECT_BY_ID, (user_id,))
        return replace(_user(rows[0]), sessions_from=rows[0]["sessions_from"] or 0) if rows else None

    async def end_sessions(self, user_id: UUID, at: int) -> None:
        """End all sessions of a user that began before this, in µs since the epoch."""
        await self._database.execute(_END_SESSIONS, (at, user_id))

    async def page(self, after: int, limit: int) -> list[tuple[User, int]]:
        """Up to `limit` users behind position `after`, each with its position, in a meaningless order."""
        rows = await self._database.execute(_PAGE, (after, limit))
        return [(_user(row), row["position"]) for row in rows]

    async def _insert_by_id(self, user: User) -> None:
        await self._database.execute(
            _INSERT_BY_ID, (user.id, user.email, user.role, user.created_at, user.active)
        )

    async def _held(self, statement: Statement, email: str) -> tuple[User, Login] | None:
        rows = await self._database.execute(statement, (email,))
        if not rows:
            return None
        row = rows[0]
        return _user(row), Login(row["password_hash"], row["invitation_hash"], row["invited_until"])

    async def _changed(
        self,
        statement: Statement,
        values: Sequence[object],
        email: str,
        happened: Callable[[User, Login], bool],
    ) -> bool:
        """Run a transaction on the user of an address; `happened` tells by the outcome where Cassandra does not."""
        unconfirmed = None
        try:
            (row,) = await self._database.execute(statement, values)
        except EngineAwayError as error:
            unconfirmed = error
        else:
            if row["[applied]"]:
                return True
        found = await self._held(_SETTLED, email)
        if found is not None and happened(*found):
            return True
        if unconfirmed is not None:
            raise unconfirmed
        return False


def _user(row: Mapping[str, Any]) -> User:
    return User(row["user_id"], row["email"], row["role"], row["created_at"], row["active"])
