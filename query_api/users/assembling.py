"""Puts together what the routes about users work with."""

from query_api.audit.trail import Audit
from query_api.cursors import Cursors
from query_api.keys.signing import Signer
from query_api.revocations.book import RevocationBook
from query_api.settings import Settings
from query_api.users.accounts import Users
from query_api.users.admins import Admins
from query_api.users.attempts import Attempts
from query_api.users.changes import UserChanges
from query_api.users.passwords import Passwords
from query_api.users.refresh_tokens import RefreshTokens, load_session_key
from query_api.users.services import UserServices
from query_api.users.session_store import SessionStore
from query_api.users.sessions import Sessions
from query_api.users.store import UserStore
from service_kit.callers.addresses import Addresses
from service_kit.callers.tokens import TokenVerifier
from service_kit.engines.cassandra.database import Database
from service_kit.http.pace import Pace


class UserRoom:
    """The users of a database. Opens nothing, and reads no file until it is asked for `services`."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._store = UserStore(database)
        self._session_store = SessionStore(database)
        self._admins = Admins(database)
        self._attempts = Attempts(database, settings.wrong_passwords_of_address)
        self.passwords = Passwords(settings.password_threads, settings.password_words)
        self.users = Users(self._store, self.passwords, self._attempts, self._admins)

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
            self.passwords,
            self._attempts,
            self._admins,
            sessions,
            revocations,
            first_admin=self._settings.admin_email,
            invitation_hours=self._settings.invitation_hours,
        )
        pace = Pace.of(self._settings)
        return UserServices(self.users, changes, sessions, verifier, signer, cursors, addresses, audit, pace)
