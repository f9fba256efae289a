"""Watches that Cassandra has every table that a service needs, and tells of what is missing: an ERROR line, a metric,
`/readyz`.
"""

import logging
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence

from prometheus_client import Gauge

from service_kit.engines.cassandra import errors
from service_kit.engines.cassandra.results import Row
from service_kit.engines.cassandra.ring import Ring
from service_kit.engines.cassandra.statements import Batch, Bound, Statement
from service_kit.engines.errors import EngineAwayError, StoreIncompleteError

_log = logging.getLogger(__name__)

INCOMPLETE = Gauge(
    "ecg_store_incomplete",
    "1 while Cassandra lacks a table, a column or a right that this service needs, else 0.",
)
# Where everything is new, services start while the tables are being made; later than this it is no start.
_FIRST_START_SECONDS = 15.0

_TABLES = Statement("SELECT table_name FROM system_schema.tables WHERE keyspace_name = ?")

Execute = Callable[[Statement, Sequence[object]], Awaitable[list[Row]]]


class NeededTables:
    """The tables `needed`, and every statement that failed for what is missing, until it is there."""

    def __init__(self, keyspace: str, needed: Collection[str]) -> None:
        self._keyspace = keyspace
        self._needed = needed
        self._failed: set[Statement] = set()
        self._were_there = False
        self._missing_since: float | None = None
        self._told: str | None = None

    async def look(self, ring: Ring, execute: Execute) -> None:
        """Look for what is needed. Raises StoreIncompleteError where something is missing, else EngineAwayError."""
        try:
            there = {row["table_name"] for row in await execute(_TABLES, (self._keyspace,))}
            if self._needed and not there:
                raise errors.keyspace_missing(self._keyspace)
            for table in self._needed:
                if table not in there:
                    raise errors.table_missing(self._keyspace, table)
            for statement in tuple(self._failed):
                await ring.prepare(statement)
                self._failed.discard(statement)
        except StoreIncompleteError as error:
            self.lacks(error)
            raise
        self._are_there()

    def failed(self, statements: Iterable[Bound | Batch], error: StoreIncompleteError) -> None:
        """These failed, for what is missing."""
        for one in statements:
            for statement, _ in one.statements if isinstance(one, Batch) else (one,):
                self._failed.add(statement)
        self.lacks(error)

    def lacks(self, error: EngineAwayError) -> None:
        """Tell, once for each thing that is missing."""
        if not isinstance(error, StoreIncompleteError):
            return
        INCOMPLETE.set(1)
        self._missing_since = self._missing_since or time.monotonic()
        starting = not self._were_there and time.monotonic() - self._missing_since < _FIRST_START_SECONDS
        if not starting and error.cause != self._told:
            self._told = error.cause
            _log.error(
                "cassandra is not as it should be: `python -m infra.apply` makes what is missing",
                extra={"cause": error.cause},
            )

    def _are_there(self) -> None:
        INCOMPLETE.set(0)
        if self._told is not None:
            _log.info("what cassandra lacked is there again", extra={"cause": self._told})
        self._were_there, self._missing_since, self._told = True, None, None
