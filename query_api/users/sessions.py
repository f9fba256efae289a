"""Sessions: a sign-in begins one, its refresh token goes on with it, and signing out ends it at both APIs.

A refresh token is good once. Traded, it is answered with the next one; and again with the same, for some seconds, to
who lost the answer. One that was traded before is in two hands, of which one stole it: the session ends for both
(RFC 9700, section 4.14.2).
"""

import logging
import time
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

from query_api.metrics import REFRESHES
from query_api.revocations.book import RevocationBook
from query_api.users.refresh_tokens import Generation, RefreshTokens
from query_api.users.session_store import Session, SessionStore
from query_api.users.store import User, UserStore
from schemas.claims import SCOPES, Scope
from schemas.problems import UnauthenticatedError

_log = logging.getLogger(__name__)

# As long as a client waits for an answer that was lost, and asks again.
_AGAIN_MICROS = 30_000_000
_DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Going:
    """A session that goes on: whose, which, with what scopes, and the refresh token that is good now.

    `began_at`: µs since the epoch.
    """

    user: User
    id: UUID
    scopes: frozenset[Scope]
    refresh_token: str
    began_at: int


class SessionEndedError(UnauthenticatedError):
    """A refresh token is good no longer, or is none. `user_id`: whose it was; None of what is none."""

    def __init__(self, user_id: UUID | None = None) -> None:
        super().__init__("the session has ended: sign in again")
        self.user_id = user_id


class Sessions:
    """Every method raises EngineAwayError while Cassandra is away. A session lasts `days`, however it is used."""

    def __init__(
        self,
        store: SessionStore,
        users: UserStore,
        tokens: RefreshTokens,
        revocations: RevocationBook,
        *,
        days: int,
    ) -> None:
        self._store = store
        self._users = users
        self._tokens = tokens
        self._revocations = revocations
        self._seconds = days * _DAY_SECONDS

    async def begin(self, user: User, scopes: frozenset[Scope], *, seconds: int | None = None) -> Going:
        """A new session of a user who has just proved who they are; `seconds`: where it lasts for less than others."""
        session_id = uuid4()
        known = await self._users.by_id(user.id)
        began_at = await self._store.begin(
            user.id,
            session_id,
            " ".join(sorted(scopes)),
            after=0 if known is None else known.sessions_from,
            seconds=min(self._seconds, seconds or self._seconds),
        )
        refresh_token = self._tokens.encode(Generation(user.id, session_id, 0))
        return Going(user, session_id, scopes, refresh_token, began_at)

    async def refresh(self, token: str) -> Going:
        """Trade a refresh token. Raises SessionEndedError, the same whatever is wrong with it."""
        try:
            held = self._tokens.decode(token)
        except ValueError:
            REFRESHES.labels("refused").inc()
            raise SessionEndedError from None
        user = await self._users.by_id(held.user_id)
        session = await self._store.get(held.user_id, held.session_id)
        number = None if user is None or session is None else await self._next(held, session)
        if user is None or session is None or number is None:
            REFRESHES.labels("refused").inc()
            raise SessionEndedError(held.user_id)
        granted = session.scope.split()
        scopes = frozenset(scope for scope in SCOPES[user.role] if scope in granted)
        refresh_token = self._tokens.encode(replace(held, number=number))
        return Going(user, session.id, scopes, refresh_token, session.began_at)

    async def confirm(self, going: Going) -> None:
        """To be asked once its access token is signed: whoever ended all sessions meanwhile ends what is issued later.

        Raises SessionEndedError.
        """
        user = await self._users.by_id(going.user.id)
        if (
            user is None
            or not user.active
            or user.role != going.user.role
            or user.sessions_from > going.began_at
        ):
            REFRESHES.labels("refused").inc()
            raise SessionEndedError(going.user.id)
        REFRESHES.labels("granted").inc()

    async def end_by(self, token: str) -> UUID | None:
        """End the session of a refresh token, good or traded before, and tell whose it was; None: it was none."""
        try:
            held = self._tokens.decode(token)
        except ValueError:
            return None
        await self.end(held.user_id, held.session_id)
        return held.user_id

    async def end(self, user_id: UUID, session_id: UUID) -> None:
        """End a session, and its access tokens at both APIs."""
        await self._store.end(user_id, session_id)
        await self._revocations.end_session(session_id)

    async def end_all(self, user_id: UUID) -> None:
        """End all sessions of a user, and their access tokens at both APIs."""
        await self._users.end_sessions(user_id, _now())
        await self._revocations.change_user(user_id, tokens_from=time.time())

    async def _next(self, held: Generation, session: Session) -> int | None:
        """The number of the refresh token that is good now; None where the one that is held is good no longer."""
        if held.number == session.generation:
            if await self._store.trade(held.user_id, session):
                return held.number + 1
            # Somebody was quicker, a moment ago: it may have been the same client.
            again = await self._store.get(held.user_id, held.session_id)
            if again is None:
                return None
            session = again
        if held.number == session.generation - 1 and _now() - session.traded_at < _AGAIN_MICROS:
            return session.generation
        _log.warning(
            "a refresh token was used twice, its session is ended", extra={"session": str(session.id)}
        )
        REFRESHES.labels("reused").inc()
        await self.end(held.user_id, held.session_id)
        return None


def _now() -> int:
    return time.time_ns() // 1000
