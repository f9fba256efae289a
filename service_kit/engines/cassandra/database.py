"""Cassandra from an event loop: prepared statements, LOCAL_QUORUM, one type of error for "not now"."""

import asyncio
import logging
import time
from collections.abc import Collection, Iterable, Sequence

from service_kit import logs, tasks
from service_kit.engines.backoff import backoff
from service_kit.engines.cassandra import errors
from service_kit.engines.cassandra.errors import ENGINE
from service_kit.engines.cassandra.needed_tables import NeededTables
from service_kit.engines.cassandra.results import Results, Row
from service_kit.engines.cassandra.ring import Ring
from service_kit.engines.cassandra.settings import CassandraSettings
from service_kit.engines.cassandra.statements import Batch, Bound, Statement
from service_kit.engines.errors import EngineAwayError, StoreIncompleteError

__all__ = ["ENGINE", "Batch", "Bound", "Database", "Row", "Statement"]

_log = logging.getLogger(__name__)

# How often Cassandra is asked for our tables, by each process: for who asks nothing else, and to tell what is missing.
_LOOK_EVERY_SECONDS = 2.0
# Longer than what a loaded node or a lost packet takes to pass, shorter than a node takes to start elsewhere.
_LOST_AFTER_SECONDS = 5.0


def _is_news(record: logging.LogRecord) -> bool:
    # Cassandra warns of each statement prepared under a `USE`: a session that switched keyspaces could mean
    # another table by it. Ours never switches.
    return "`USE <keyspace>`" not in record.getMessage()


logging.getLogger("cassandra.protocol").addFilter(_is_news)


class Database:
    """A session that connects by itself, now and after every outage. May be opened while Cassandra is away.

    Where nothing has answered for some seconds the contact points are looked up again, as they may lead elsewhere by
    now. `tables`: what this service cannot do without. While one is missing `answers` says so, and a statement that
    needs it fails as when Cassandra is away.
    """

    def __init__(self, settings: CassandraSettings, tables: Collection[str] = ()) -> None:
        self._settings = settings
        self._tables = NeededTables(settings.cassandra_keyspace, tables)
        self._ring: Ring | None = None
        self._why_not_connected: EngineAwayError = EngineAwayError(ENGINE, "not connected yet")
        self._silent_since: float | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._left: set[asyncio.Task[None]] = set()

    @property
    def keyspace(self) -> str:
        """Where the tables are."""
        return self._settings.cassandra_keyspace

    async def open(self) -> None:
        """Begin to connect; returns at once."""
        self._keeping = asyncio.create_task(self._keep())

    async def close(self) -> None:
        """Disconnect; what is under way is given up."""
        await tasks.end(self._keeping)
        if self._ring is not None:
            await self._ring.close()
        await asyncio.gather(*self._left)

    async def answers(self) -> bool:
        """Whether Cassandra answers a query now, and has what this service needs. Raises EngineAwayError."""
        await self._tables.look(self._connected(), self.execute)
        return True

    async def execute(self, statement: Statement, values: Sequence[object] = ()) -> list[Row]:
        """Run one statement and return its rows, keyed by column; bound what you select, there is no paging.

        Raises EngineAwayError when it was not confirmed; a write may then have happened or not.
        """
        (rows,) = await self.execute_all([(statement, values)])
        return rows

    async def execute_all(self, statements: Iterable[Bound | Batch]) -> list[list[Row]]:
        """Run statements side by side, in no order, and return the rows of each.

        Raises EngineAwayError when any was not confirmed, the others then being as they may.
        """
        statements = list(statements)
        try:
            found = await self._execute(self._connected(), statements)
        except StoreIncompleteError as error:
            self._silent_since = None
            self._tables.failed(statements, error)
            raise
        except EngineAwayError:
            self._silent_since = self._silent_since or time.monotonic()
            raise
        self._silent_since = None
        return found

    async def _execute(self, ring: Ring, statements: Sequence[Bound | Batch]) -> list[list[Row]]:
        bound = [await ring.bound(one) for one in statements]
        results = Results(len(bound))
        for place, statement in enumerate(bound):
            results.expect(ring.session.execute_async(statement), place)
        try:
            return await results.done
        except Exception as error:  # noqa: BLE001 - judged in one place
            raise errors.judged(error, self._settings.cassandra_keyspace) from None

    def _connected(self) -> Ring:
        if self._ring is None:
            raise type(self._why_not_connected)(ENGINE, self._why_not_connected.cause)
        return self._ring

    async def _keep(self) -> None:
        """For the life of the service: connect, and again where what there is has been lost."""
        while True:
            await self._connect()
            while not self._is_lost():
                await asyncio.sleep(_LOOK_EVERY_SECONDS)
                await self._look()
            _log.warning("nothing of cassandra has answered, looking up its contact points again")

    async def _connect(self) -> None:
        """Connect beside what there is, and leave that; unless it answers again meanwhile."""
        for wait in backoff():
            try:
                ring = await Ring.connect(self._settings)
            except EngineAwayError as error:
                self._why_not_connected = error
                self._tables.lacks(error)
                _log.warning("cassandra is away, trying again", extra={"cause": error.cause})
                await asyncio.sleep(wait)
                if self._ring is not None and await self._look():
                    return
            else:
                _log.info("connected to cassandra")
                self._leave(self._ring)
                self._ring, self._silent_since = ring, None
                return

    def _leave(self, ring: Ring | None) -> None:
        if ring is not None:
            leaving = asyncio.create_task(ring.close())
            self._left.add(leaving)
            leaving.add_done_callback(self._left.discard)

    def _is_lost(self) -> bool:
        silent = self._silent_since
        return silent is not None and time.monotonic() - silent > _LOST_AFTER_SECONDS

    async def _look(self) -> bool:
        """Ask, for the sake of what is noticed by it; whether there was an answer."""
        try:
            await self.answers()
        except EngineAwayError:
            pass
        except Exception as error:  # noqa: BLE001 - whatever it is, this goes on for the life of the service
            logs.unforeseen(_log, error)
        return self._silent_since is None
