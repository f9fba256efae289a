"""What becomes of users: invited, given a password of their own, deactivated and back.

Nobody but its user ever knows a password: an admin hands out invitations, for the first password and for one that was
forgotten. What ends tokens is in Cassandra before the answer, and holds at both APIs within seconds.
"""

import time
from uuid import UUID

from query_api.revocations.book import RevocationBook
from query_api.users import invitations
from query_api.users.accounts import PASSWORDS_OFF, Users, new_user
from query_api.users.admins import Admins
from query_api.users.attempts import Attempts
from query_api.users.passwords import Passwords
from query_api.users.sessions import Sessions
from query_api.users.store import Login, User, UserStore
from schemas.claims import Role
from schemas.problems import ConflictError, ForbiddenError, NotFoundError, UnauthenticatedError

_HOUR_MICROS = 3_600_000_000


class UserChanges:
    """Every method raises EngineAwayError while Cassandra is away.

    `first_admin`: the address of the one whom the settings name, who is as they say. `invitation_hours`: how long an
    invitation may be traded.
    """

    def __init__(
        self,
        users: Users,
        store: UserStore,
        keeper: Passwords,
        attempts: Attempts,
        admins: Admins,
        sessions: Sessions,
        revocations: RevocationBook,
        *,
        first_admin: str | None,
        invitation_hours: int,
    ) -> None:
        self._users = users
        self._store = store
        self._passwords = keeper
        self._attempts = attempts
        self._admins = admins
        self._sessions = sessions
        self._revocations = revocations
        self._first_admin = first_admin
        self._invitation_hours = invitation_hours

    async def register(self, email: str, role: Role) -> tuple[User, str, int]:
        """A new user with this normalised address, their invitation, and until when it holds (µs since the epoch).

        Raises ConflictError when the address is taken.
        """
        user = new_user(email, role)
        invitation, until = self._new_invitation(user.id)
        if not await self._store.add(user, Login(None, invitations.hashed(invitation), until)):
            raise ConflictError("this address has a user already")
        return user, invitation, until

    async def invite(self, user_id: UUID) -> tuple[User, str, int]:
        """Another invitation for a user, as `register` answers it; the password of before holds until it is traded.

        Raises NotFoundError, and ForbiddenError for the first admin.
        """
        user = await self._changeable(user_id)
        invitation, until = self._new_invitation(user.id)
        if not await self._store.invite(user, invitations.hashed(invitation), until):
            raise NotFoundError("there is no such user")
        return user, invitation, until

    async def redeem(self, invitation: str, password: str, address: str | None) -> User:
        """Trade an invitation for this password, from a caller's `address` (None: not known). Earlier tokens end.

        Raises NotFoundError, the same whether it was used, replaced, has ended or never was; InvalidError for one
        that is easily guessed, after which the invitation is as good as before; ForbiddenError where passwords do not
        sign in.
        """
        if not self._users.all_have_passwords:
            raise ForbiddenError(PASSWORDS_OFF)
        none = NotFoundError("there is no such invitation: it was used, was replaced, or has ended")
        try:
            user = await self._store.by_id(invitations.user_of(invitation))
        except ValueError:
            raise none from None
        found = None if user is None else await self._store.by_email(user.email)
        if found is None:
            raise none
        user, login = found
        kept = invitations.hashed(invitation)
        if login.invitation_hash != kept or not user.active or (login.invited_until or 0) < _now():
            raise none
        async with self._passwords.turn(address):
            password_hash = await self._passwords.hash_chosen(password, user.email)
        if not await self._store.redeem(user, kept, password_hash):
            raise none
        if login.password_hash is not None:
            await self._sessions.end_all(user.id)
        await self._attempts.welcome(user.email, address)
        return user

    async def change_password(self, user_id: UUID, before: str, password: str, address: str | None) -> User:
        """Give a user this password, if they know the one of before. Every token of theirs ends, but their devices'.

        Raises UnauthenticatedError where they do not know it, TooManyRequestsError as signing in does, InvalidError
        where the new one is easily guessed, and ForbiddenError for the first admin.
        """
        user = await self._changeable(user_id)
        await self._users.sign_in(user.email, before, address)
        found = await self._store.by_email(user.email)
        password_hash = await self._passwords.hash_chosen(password, user.email)
        if found is None or not await self._store.set_password(user, found[1].password_hash, password_hash):
            raise UnauthenticatedError("the password was changed meanwhile")
        await self._sessions.end_all(user.id)
        return user

    async def change(self, user_id: UUID, *, role: Role | None, active: bool | None) -> User:
        """Give a user another role, or let them sign in or not; None leaves it as it is. Tokens of before end.

        Raises NotFoundError, and ForbiddenError for the first admin and for the last who is active.
        """
        user = await self._changeable(user_id)
        new_role, new_active = role or user.role, user.active if active is None else active
        if (
            user.role == "admin"
            and (new_role, new_active) != ("admin", True)
            and not await self._admins.leave(user.id, self._is_active_admin)
        ):
            raise ForbiddenError("no other active admin has signed in: one has to stay")
        if not await self._store.set_state(user, role=new_role, active=new_active):
            raise NotFoundError("there is no such user")
        await self._revocations.change_user(user.id, active=new_active)
        # Who comes back signs in anew.
        if user.role != new_role or not new_active:
            await self._sessions.end_all(user.id)
        return await self._users.get(user.id)

    async def _changeable(self, user_id: UUID) -> User:
        user = await self._users.get(user_id)
        if user.email == self._first_admin:
            raise ForbiddenError("the first admin is as ECG_ADMIN_EMAIL and ECG_ADMIN_PASSWORD have it")
        return user

    async def _is_active_admin(self, user_id: UUID) -> bool:
        user = await self._store.by_id(user_id)
        return user is not None and user.active and user.role == "admin"

    def _new_invitation(self, user_id: UUID) -> tuple[str, int]:
        return invitations.make(user_id), _now() + self._invitation_hours * _HOUR_MICROS


def _now() -> int:
    return time.time_ns() // 1000
