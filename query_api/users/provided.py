"""The user of a person whom an external provider has signed in: the one of before, a new one, or nobody.

A person is known by the provider's name for them. An address is no proof of anything: it names a new user where the
provider has verified it, and leads to a user of before only where the settings say so as well.
"""

from dataclasses import dataclass
from uuid import UUID

from query_api.emails import normalised
from query_api.oidc.judging import Person, role_of
from query_api.oidc_settings import OidcSettings
from query_api.users.accounts import Users, new_user
from query_api.users.admins import Admins
from query_api.users.changes import UserChanges
from query_api.users.identities import Identities
from query_api.users.store import Login, User, UserStore
from schemas.audit import Action
from schemas.claims import Role
from schemas.problems import ForbiddenError

_TAKEN = "the address of this person is another user's here"


class ProvidedRefusedError(ForbiddenError):
    """The provider has signed somebody in who may not come in here. `user_id`: who they are here, if anybody."""

    def __init__(self, detail: str, user_id: UUID | None = None) -> None:
        super().__init__(detail)
        self.user_id = user_id


@dataclass(frozen=True, slots=True)
class Provided:
    """A user whom the provider has signed in, and what was done with them for it."""

    user: User
    done: tuple[Action, ...]


class ProvidedUsers:
    """Raises EngineAwayError while Cassandra is away; to try again is safe. `first_admin`: the one of the settings."""

    def __init__(
        self,
        settings: OidcSettings,
        identities: Identities,
        users: Users,
        store: UserStore,
        changes: UserChanges,
        admins: Admins,
        *,
        first_admin: str | None,
    ) -> None:
        self._settings = settings
        self._identities = identities
        self._users = users
        self._store = store
        self._changes = changes
        self._admins = admins
        self._first_admin = first_admin

    async def user_of(self, person: Person) -> Provided:
        """The active user who is this person, in the role that the provider gives them. Raises ProvidedRefusedError."""
        admins, clients = self._settings.oidc_admin_groups, self._settings.oidc_client_groups
        role = role_of(person, admins, clients)
        if role is None:
            raise ProvidedRefusedError("none of this person's groups may sign in here")
        known = await self._identities.get(person.issuer, person.subject)
        user = None if known is None else await self._held(known)
        done: list[Action] = []
        if user is None:
            user, how = await self._new(person, role, known)
            done.append(how)
        if not user.active:
            raise ProvidedRefusedError("this user is deactivated", user.id)
        # Without groups of admins the provider decides of nobody's role.
        if admins and user.role != role:
            user = await self._in_role(user, role)
            done.append("user.change_role")
        if user.role == "admin":
            await self._admins.join(user.id)
        return Provided(user, tuple(done))

    async def _new(self, person: Person, role: Role, known: UUID | None) -> tuple[User, Action]:
        """A user for somebody who has none. `known`: who was to be theirs, and was not made to the end."""
        email = self._address(person)
        if email == self._first_admin:
            raise ProvidedRefusedError(_TAKEN)
        found = await self._store.by_email(email)
        if found is not None and found[0].id != known:
            await self._link(person, role, found[0], known)
            return found[0], "user.link"
        if not self._settings.oidc_new_users:
            raise ProvidedRefusedError("this person has no user here, and none is made by signing in")
        wanted = new_user(email, role)
        # First whose it will be: whoever comes at the same time, or after this was cut off, makes the same.
        user_id = known or await self._identities.settle(
            person.issuer, person.subject, wanted.id, before=None
        )
        made = User(user_id, email, role, wanted.created_at)
        owned = await self._identities.take(user_id, person.issuer, person.subject)
        if not owned or not await self._store.add(made, Login()):
            raise ProvidedRefusedError("the address of this person was taken meanwhile: sign in again")
        return made, "user.create"

    async def _link(self, person: Person, role: Role, user: User, known: UUID | None) -> None:
        # An admin of before is nobody's whom the provider does not make one.
        may = user.role in ("client", role)
        if not (self._settings.oidc_link_users and person.verified and may):
            raise ProvidedRefusedError(_TAKEN, user.id)
        if not await self._identities.take(user.id, person.issuer, person.subject):
            raise ProvidedRefusedError(_TAKEN, user.id)
        settled = await self._identities.settle(person.issuer, person.subject, user.id, before=known)
        if settled != user.id:
            raise ProvidedRefusedError("this person signed in elsewhere meanwhile: sign in again", user.id)

    def _address(self, person: Person) -> str:
        trusted = person.verified is None and self._settings.oidc_trust_emails
        if person.email is None or not (person.verified or trusted):
            raise ProvidedRefusedError("the provider has verified no address of this person")
        try:
            return normalised(person.email)
        except ValueError:
            raise ProvidedRefusedError("the address of this person is none that is taken here") from None

    async def _in_role(self, user: User, role: Role) -> User:
        try:
            return await self._changes.change(user.id, role=role, active=None)
        except ForbiddenError as forbidden:
            raise ProvidedRefusedError(forbidden.detail, user.id) from None

    async def _held(self, user_id: UUID) -> User | None:
        """The user of an id whose address is theirs."""
        user = await self._store.by_id(user_id)
        found = None if user is None else await self._store.by_email(user.email)
        return found[0] if found is not None and found[0].id == user_id else None
