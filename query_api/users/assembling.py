"""Puts together what the routes about users work with."""

from query_api.audit.trail import Audit
from query_api.cursors import Cursors
from query_api.keys.signing import Signer
from query_api.oidc.calls import Calls
from query_api.revocations.book import RevocationBook
from query_api.settings import Settings
from query_api.users import admins, attempts, identities, session_store, store
from query_api.users.accounts import Users
from query_api.users.admins import Admins
from query_api.users.attempts import Attempts
from query_api.users.by_provider import by_provider
from query_api.users.changes import UserChanges
from query_api.users.identities import Identities
from query_api.users.passwords import Passwords
from query_api.users.provided import ProvidedUsers
from query_api.users.refresh_tokens import RefreshTokens, load_session_key
from query_api.users.services import UserServices
from query_api.users.session_store import SessionStore
from query_api.users.sessions import Sessions
from query_api.users.store import UserStore
from service_kit.callers.addresses import Addresses
from service_kit.callers.tokens import TokenVerifier
from service_kit.engines.cassandra.database import Database
from service_kit.http.pace import Pace

TABLES = (
    *store.TABLES,
    *attempts.TABLES,
    *admins.TABLES,
    *session_store.TABLES,
    *identities.TABLES,
)


class UserRoom:
    """The users of a database. Opens nothing, and reads no file until it is asked for `services`."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._store = UserStore(database)
        self._session_store = SessionStore(database)
        self._admins = Admins(database)
        self._attempts = Attempts(database, settings.wrong_passwords_of_address)
        self._identities = Identities(database)
        self._calls = None if settings.oidc_issuer is None else Calls(settings.oidc_ca_file)
        self._passwords = Passwords(settings.password_threads, settings.password_words)
        self.users = Users(
            self._store,
            self._passwords,
            self._attempts,
            self._admins,
            passwords_of=None if settings.passwords_of == "everybody" else settings.admin_email,
        )

    async def close(self) -> None:
        """End what goes on."""
        self._passwords.close()
        if self._calls is not None:
            await self._calls.close()

    def services(
        self,
        revocations: RevocationBook,
        verifier: TokenVerifier,
        signer: Signer,
        cursors: Cursors,
        addresses: Addresses,
        audit: Audit,
    ) -> UserServices:
        """What the routes work with. Raises OSError where the folder of keys cannot be used."""
        tokens = RefreshTokens(load_session_key(self._settings.keys_dir))
        sessions = Sessions(
            self._session_store, self._store, tokens, revocations, days=self._settings.session_days
        )
        changes = UserChanges(
            self.users,
            self._store,
            self._passwords,
            self._attempts,
            self._admins,
            sessions,
            revocations,
            first_admin=self._settings.admin_email,
            invitation_hours=self._settings.invitation_hours,
        )
        provided = ProvidedUsers(
            self._settings,
            self._identities,
            self.users,
            self._store,
            changes,
            self._admins,
            first_admin=self._settings.admin_email,
        )
        return UserServices(
            self.users,
            changes,
            sessions,
            verifier,
            signer,
            cursors,
            addresses,
            audit,
            Pace.of(self._settings),
            by_provider(self._settings, self._settings.keys_dir, self._calls, provided),
        )
