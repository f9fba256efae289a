"""The first admin, from the environment: made or mended once Cassandra answers; nothing waits for it."""

import asyncio
import logging

from query_api.settings import Settings
from query_api.users import Users
from service_kit import logs, tasks
from service_kit.backoff import backoff
from service_kit.errors import EngineAwayError

_log = logging.getLogger(__name__)


class FirstAdmin:
    """Sees to it in the background that the admin of the settings, if there is one, can sign in."""

    def __init__(self, settings: Settings, users: Users) -> None:
        self._settings = settings
        self._users = users
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Begin; returns at once."""
        self._task = asyncio.create_task(self._ensure())

    async def close(self) -> None:
        """Stop trying."""
        await tasks.end(self._task)

    async def is_settled(self) -> bool:
        """Whether the admin can sign in, or none was asked for."""
        return self._task is not None and self._task.done()

    async def _ensure(self) -> None:
        email, password = self._settings.admin_email, self._settings.admin_password
        if email is None or password is None:
            return
        for wait in backoff():
            try:
                await self._users.ensure_admin(email, password.get_secret_value())
            except EngineAwayError:
                await asyncio.sleep(wait)
            except Exception as error:  # noqa: BLE001 - such as tables that are still to be made
                logs.unforeseen(_log, error)
                await asyncio.sleep(wait)
            else:
                _log.info("the first admin is there")
                return
