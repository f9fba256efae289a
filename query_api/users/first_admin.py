"""The first admin, from the environment: made or mended once Cassandra answers, and made again where users are lost.

Nothing waits for it. Users are in no log: of those who are lost only this one comes back by itself. So a loss is told,
by an ERROR line and a metric, whether there is an admin to be made again or not.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from query_api.audit.trail import Audit
from query_api.metrics import FIRST_ADMIN_REFUSED, USERS_LOST
from query_api.settings import Settings
from query_api.users import store
from query_api.users.accounts import NotAnAdminError, Users
from service_kit import logs, tasks
from service_kit.engines.backoff import backoff
from service_kit.engines.cassandra.database import ENGINE, Database
from service_kit.engines.cassandra.emptied import Emptied
from service_kit.engines.errors import EngineAwayError, StoreIncompleteError
from service_kit.log_limits import LogLimit

_log = logging.getLogger(__name__)

# Who operates the system signs in with the admin to mend it, and has waited for longer by then.
_LOOK_EVERY_SECONDS = 5.0

Result = TypeVar("Result")


class FirstAdmin:
    """Sees to it in the background that the admin of the settings, if there is one, can sign in."""

    def __init__(self, settings: Settings, users: Users, database: Database, audit: Audit) -> None:
        self._settings = settings
        self._audit = audit
        self._users = users
        self._emptied = Emptied(database, store.TABLES)
        self._settled = False
        self._told = LogLimit()
        self._lost = False
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Begin; returns at once."""
        self._task = asyncio.create_task(self._keep())

    async def close(self) -> None:
        """Stop trying."""
        await tasks.end(self._task)

    async def is_settled(self) -> bool:
        """Whether the admin can sign in, or none was asked for. Raises StoreIncompleteError where users are lost."""
        if self._lost:
            raise StoreIncompleteError(ENGINE, "the users are lost; the first admin is being made again")
        return self._settled

    async def _keep(self) -> None:
        await _until_done(self._make)
        FIRST_ADMIN_REFUSED.set(0)
        self._settled = True
        _log.info("the first admin is there")
        while True:
            if await _until_done(self._is_lost):
                self._lost = True
                USERS_LOST.inc()
                _log.error(
                    "the users are lost: only the first admin is made again, and only from the settings"
                )
                await _until_done(self._make)
                self._lost = False
                _log.info("the first admin is there again")
            await asyncio.sleep(_LOOK_EVERY_SECONDS)

    async def _make(self) -> None:
        email, password = self._settings.admin_email, self._settings.admin_password
        if email is None or password is None:
            return
        try:
            user_id, done = await self._users.ensure_admin(email, password.get_secret_value())
        except NotAnAdminError:
            FIRST_ADMIN_REFUSED.set(1)
            if self._told.count("refused"):
                _log.error(
                    "ECG_ADMIN_EMAIL is the address of a client, who is not made an admin: name another"
                )
            raise
        for action in done:
            self._audit.record(action, owner=user_id, entities=(f"user/{user_id}",))

    async def _is_lost(self) -> bool:
        """Whether the tables were emptied, or the admin is gone from them."""
        emptied, email = await self._emptied.look(), self._settings.admin_email
        return emptied or (email is not None and not await self._users.has_admin(email))


async def _until_done(attempt: Callable[[], Awaitable[Result]]) -> Result:
    for wait in backoff():
        try:
            return await attempt()
        except (EngineAwayError, NotAnAdminError):
            pass
        except Exception as error:  # noqa: BLE001 - whatever it is, this goes on for the life of the service
            logs.unforeseen(_log, error)
        await asyncio.sleep(wait)
    raise AssertionError("backoff ended")
