"""Who a provider's people are here, in Cassandra: by the provider and its name for them, never by an address."""

from uuid import UUID

from service_kit.engines.cassandra.database import Database, Statement
from service_kit.engines.errors import EngineAwayError

TABLES = ("identities", "identities_by_user")

_ONE = Statement("SELECT user_id FROM identities WHERE issuer = ? AND subject = ?", serial=True)
_SET = Statement(
    "UPDATE identities SET user_id = ? WHERE issuer = ? AND subject = ? IF user_id = ?", conditional=True
)
_TAKE = Statement(
    "INSERT INTO identities_by_user (user_id, issuer, subject) VALUES (?, ?, ?) IF NOT EXISTS",
    conditional=True,
)


class Identities:
    """Every method raises EngineAwayError when Cassandra did not confirm; to call again is safe."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, issuer: str, subject: str) -> UUID | None:
        """The user who was said to be this person."""
        rows = await self._database.execute(_ONE, (issuer, subject))
        return rows[0]["user_id"] if rows else None

    async def settle(self, issuer: str, subject: str, user_id: UUID, *, before: UUID | None) -> UUID:
        """Say that this user is this person, unless somebody else has said so meanwhile; who it is now."""
        (row,) = await self._database.execute(_SET, (user_id, issuer, subject, before))
        if row["[applied]"]:
            return user_id
        settled = await self.get(issuer, subject)
        if settled is None:
            raise EngineAwayError("cassandra", "others change who this person is")
        return settled

    async def take(self, user_id: UUID, issuer: str, subject: str) -> bool:
        """Whether this user is this person of the provider's, and no other; from now on, where they were none."""
        (row,) = await self._database.execute(_TAKE, (user_id, issuer, subject))
        return bool(row["[applied]"]) or row["subject"] == subject
