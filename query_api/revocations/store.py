"""What was revoked, in Cassandra: the records of ``ecg.identity.v1`` as they are to be there, by their keys.

Each row lives for as long as a token that it ends could; a user's for good.
"""

import time
from collections.abc import Sequence
from uuid import UUID

from schemas.identity import Revocation, UserChanged, UserState, decode_identity, encode_revocation
from schemas.identity.keys import KeyChange
from service_kit.engines.cassandra.database import Bound, Database, Row, Statement
from service_kit.engines.errors import EngineAwayError

TABLES = ("revocations", "revocations_by_hour")

_HOUR_MICROS = 3_600_000_000
_PAGE_ROWS = 1_000
# Hosts' clocks differ: what was written by one that is so far behind is still found.
_OVERLAP_MICROS = 600_000_000
# Below every token of Cassandra's partitioner.
_BEFORE_ALL = -(2**63)
# Two who change one user at the same time agree after as many attempts, many times over.
_ATTEMPTS = 16

_PUT = Statement("INSERT INTO revocations (record_key, value, changed_at) VALUES (?, ?, ?) USING TTL ?")
_NOTE = Statement("INSERT INTO revocations_by_hour (hour, changed_at, record_key, value) VALUES (?, ?, ?, ?)")
_PAGE = Statement(f"""
    SELECT record_key, value, token(record_key) AS position FROM revocations
    WHERE token(record_key) > ? LIMIT {_PAGE_ROWS}""")  # noqa: S608 - a constant of ours
_RECENT = Statement("""
    SELECT record_key, value FROM revocations_by_hour WHERE hour = ? AND changed_at > ?""")
_OF_USER = Statement("SELECT record_key, value FROM revocations WHERE record_key = ?", serial=True)
_FIRST_OF_USER = Statement(
    "INSERT INTO revocations (record_key, value, changed_at) VALUES (?, ?, ?) IF NOT EXISTS", conditional=True
)
_NEXT_OF_USER = Statement(
    "UPDATE revocations SET value = ?, changed_at = ? WHERE record_key = ? IF changed_at = ?",
    conditional=True,
)


class RevocationStore:
    """Every method raises EngineAwayError when Cassandra did not confirm. Instants are µs since the epoch."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, revocation: Revocation, *, life_seconds: int) -> None:
        """Keep the revocation of a device or the end of a session, for so long."""
        now = time.time_ns() // 1000
        name, value = _row(revocation, now)
        await self._database.execute(_PUT, (name, value, now, life_seconds))
        await self._note(name, value, now)

    async def change_user(
        self, user_id: UUID, *, active: bool | None, tokens_from: float | None
    ) -> UserChanged:
        """Change what is said of a user, and keep the rest as it is; what is said now."""
        for _ in range(_ATTEMPTS):
            before = await self._user(user_id)
            state = UserState(
                before.active if active is None else active,
                max(before.tokens_from, tokens_from or 0.0),
                # Later than what it follows, whatever the clocks of hosts say.
                max(time.time_ns() // 1000, before.changed_at + 1),
            )
            changed = UserChanged(user_id, state)
            name, value = _row(changed, state.changed_at)
            asked: Bound = (_FIRST_OF_USER, (name, value, state.changed_at))
            if before.changed_at:
                asked = (_NEXT_OF_USER, (value, state.changed_at, name, before.changed_at))
            (found,) = await self._database.execute(*asked)
            if found["[applied]"] or await self._user(user_id) == state:
                await self._note(name, value, state.changed_at)
                return changed
        raise EngineAwayError("cassandra", "others change the same user")

    async def all(self) -> list[Revocation]:
        """All that is kept."""
        found: list[Revocation] = []
        after = _BEFORE_ALL
        while True:
            rows = await self._database.execute(_PAGE, (after,))
            found += _revocations(rows)
            if len(rows) < _PAGE_ROWS:
                return found
            after = rows[-1]["position"]

    async def since(self, instant: int) -> list[Revocation]:
        """What was kept at this instant and later, whoever did it, and what came shortly before."""
        first, last = instant - _OVERLAP_MICROS, time.time_ns() // 1000 + _OVERLAP_MICROS
        hours = range(first // _HOUR_MICROS, last // _HOUR_MICROS + 1)
        asked = [(_RECENT, (hour, first)) for hour in hours]
        return [one for rows in await self._database.execute_all(asked) for one in _revocations(rows)]

    async def _user(self, user_id: UUID) -> UserState:
        name = f"user/{user_id}"
        rows = await self._database.execute(_OF_USER, (name,))
        for one in _revocations(rows):
            if isinstance(one, UserChanged):
                return one.value
        return UserState(active=True, tokens_from=0.0, changed_at=0)

    async def _note(self, name: str, value: str, changed_at: int) -> None:
        # In the hour in which it is written: that is where others look for what is new.
        now = max(changed_at, time.time_ns() // 1000)
        await self._database.execute(_NOTE, (now // _HOUR_MICROS, now, name, value))


def _row(revocation: Revocation, now: int) -> tuple[str, str]:
    record = encode_revocation(revocation, time=now)
    return (record.key or b"").decode(), (record.value or b"").decode()


def _revocations(rows: Sequence[Row]) -> list[Revocation]:
    changes = [decode_identity(row["record_key"].encode(), row["value"].encode()) for row in rows]
    return [one for one in changes if one is not None and not isinstance(one, KeyChange)]
