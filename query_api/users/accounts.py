"""Who may use the system: signing in, listing, and the first admin."""

import time
from uuid import UUID, uuid4

from query_api.emails import normalised
from query_api.metrics import LOGINS
from query_api.users.admins import Admins
from query_api.users.attempts import Attempts
from query_api.users.passwords import Passwords
from query_api.users.store import Login, User, UserStore
from schemas.audit import Action
from schemas.claims import Role
from schemas.problems import NotFoundError, TooManyRequestsError, UnauthenticatedError

_REFUSED = "no active user has this address and password"
PASSWORDS_OFF = "but for the first admin's, passwords do not sign in here: sign in by the provider"


class NotAnAdminError(Exception):
    """The address that is to be the first admin's is a client's."""


class SignInRefusedError(UnauthenticatedError):
    """No active user has this address and password. `user_id`: whose address it is, which the caller is not told."""

    def __init__(self, user_id: UUID | None, detail: str) -> None:
        super().__init__(detail)
        self.user_id = user_id


class SignInLimitedError(TooManyRequestsError):
    """Too many wrong passwords. `user_id`: whose address it is, which the caller is not told."""

    def __init__(self, user_id: UUID | None, limited: TooManyRequestsError) -> None:
        super().__init__(limited.detail, retry_after=limited.retry_after)
        self.user_id = user_id


class Users:
    """Every method raises EngineAwayError while Cassandra is away. `passwords_of`: the address whose password alone
    signs in; None: everybody's does.
    """

    def __init__(
        self,
        store: UserStore,
        keeper: Passwords,
        attempts: Attempts,
        admins: Admins,
        *,
        passwords_of: str | None,
    ) -> None:
        self._store = store
        self._passwords = keeper
        self._attempts = attempts
        self._admins = admins
        self._passwords_of = passwords_of

    @property
    def all_have_passwords(self) -> bool:
        """Whether everybody may sign in by a password."""
        return self._passwords_of is None

    async def sign_in(self, email: str, password: str, address: str | None) -> User:
        """The user with this e-mail address and password, which came from a caller's `address` (None: not known).

        Raises SignInRefusedError, the same and after the same work whether the address, the password or the
        user's being active is what fails, and SignInLimitedError after too many of these.
        """
        try:
            user = await self._judged(_typed(email), password, address)
        except SignInRefusedError:
            LOGINS.labels("refused").inc()
            raise
        except TooManyRequestsError as limited:
            LOGINS.labels("limited").inc()
            raise SignInLimitedError(await self._whose(email), limited) from None
        LOGINS.labels("granted").inc()
        if user.role == "admin":
            await self._admins.join(user.id)
        return user

    async def _judged(self, email: str | None, password: str, address: str | None) -> User:
        attempt = await self._attempts.announce(email, address)
        async with self._passwords.turn(attempt.who):
            await self._attempts.begin(attempt)
            found = None if email is None else await self._store.by_email(email)
            right = await self._passwords.matches(password, None if found is None else found[1].password_hash)
        may = self._passwords_of in (None, email)
        if found is None or not right or not found[0].active or not may:
            detail = _REFUSED if self._passwords_of is None else f"{_REFUSED}; {PASSWORDS_OFF}"
            raise SignInRefusedError(None if found is None else found[0].id, detail)
        await self._attempts.was_right(attempt)
        return found[0]

    async def _whose(self, email: str) -> UUID | None:
        typed = _typed(email)
        found = None if typed is None else await self._store.by_email(typed)
        return None if found is None else found[0].id

    async def get(self, user_id: UUID) -> User:
        """The user of an id. Raises NotFoundError."""
        user = await self._store.by_id(user_id)
        if user is None:
            raise NotFoundError("there is no such user")
        return user

    async def page(self, after: int, limit: int) -> tuple[list[User], int | None]:
        """Up to `limit` users behind position `after`, and the position to go on from if there are more."""
        found = await self._store.page(after, limit + 1)
        shown = found[:limit]
        return [user for user, _ in shown], shown[-1][1] if len(found) > limit else None

    async def ensure_admin(self, email: str, password: str) -> tuple[UUID | None, list[Action]]:
        """Make this address an active admin's with this password, and tell who it is and what had to be done: the
        environment decides.

        So an operator who lost the password, or the admin, sets both anew and starts again. Raises NotAnAdminError
        where the address is a client's: nobody becomes an admin by a slip.
        """
        found = await self._store.by_email(email)
        if found is None:
            made, login = new_user(email, "admin"), Login(await self._passwords.hash(password))
            if await self._store.add(made, login):
                return made.id, ["user.create"]
            found = await self._store.by_email(email)
        if found is None:
            return None, []
        held, login = found
        if held.role != "admin":
            raise NotAnAdminError
        done: list[Action] = []
        if not held.active or await self._store.by_id(held.id) is None:
            await self._store.set_state(held, role="admin", active=True)
            done.append("user.reactivate")
        if not await self._passwords.matches(password, login.password_hash):
            await self._store.set_password(held, login.password_hash, await self._passwords.hash(password))
            done.append("user.change_password")
        return held.id, done

    async def has_admin(self, email: str) -> bool:
        """Whether this normalised address is an active admin's who is known by id as well."""
        found = await self._store.by_email(email)
        if found is None:
            return False
        held, _ = found
        return held.role == "admin" and held.active and await self._store.by_id(held.id) is not None


def new_user(email: str, role: Role) -> User:
    """A user who is not there yet."""
    return User(uuid4(), email, role, created_at=time.time_ns() // 1000)


def _typed(email: str) -> str | None:
    try:
        return normalised(email)
    except ValueError:
        return None
