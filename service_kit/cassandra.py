"""Cassandra from an event loop: prepared statements, LOCAL_QUORUM, one type of error for "not now"."""

import asyncio
import logging
import ssl
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from threading import get_ident
from typing import Any

from cassandra import (
    ConsistencyLevel,
    DriverException,
    InvalidRequest,
    OperationTimedOut,
    RequestExecutionException,
    Unauthorized,
)
from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import (
    EXEC_PROFILE_DEFAULT,
    Cluster,
    ExecutionProfile,
    NoHostAvailable,
    ResponseFuture,
    Session,
)
from cassandra.connection import ConnectionException
from cassandra.policies import (
    ConstantSpeculativeExecutionPolicy,
    DCAwareRoundRobinPolicy,
    ExponentialReconnectionPolicy,
    TokenAwarePolicy,
)
from cassandra.query import BatchStatement, BatchType, BoundStatement, PreparedStatement, dict_factory

from service_kit import tasks
from service_kit.backoff import backoff
from service_kit.cassandra_connection import Reactor
from service_kit.errors import EngineAwayError
from service_kit.settings import CassandraSettings

_log = logging.getLogger(__name__)

ENGINE = "cassandra"
# Version 5 adds checksums that TCP has already, and costs a tenth of a read's CPU.
_PROTOCOL_VERSION = 4
_RECONNECT_FIRST_SECONDS, _RECONNECT_CAP_SECONDS = 0.2, 2.0
# A node that has not answered for so long may just have died: another is asked as well. Most answers take milliseconds.
_ANOTHER_NODE_SECONDS, _OTHER_NODES = 0.5, 2
# Threads of the driver's own, in which it tries other nodes: some may be waiting for one that has gone.
_DRIVER_THREADS = 8
# What only one node may do, and once. All else may be done twice: each write is stamped when it is made.
_CONDITIONAL = " IF "
_PASSING = (NoHostAvailable, OperationTimedOut, RequestExecutionException, ConnectionException)
_LASTING = (InvalidRequest, Unauthorized)


def _is_news(record: logging.LogRecord) -> bool:
    # Cassandra warns of each statement prepared under a `USE`: a session that switched keyspaces could mean
    # another table by it. Ours never switches.
    return "`USE <keyspace>`" not in record.getMessage()


logging.getLogger("cassandra.protocol").addFilter(_is_news)

Row = Mapping[str, Any]
Statement = tuple[str, Sequence[object]]


@dataclass(frozen=True, slots=True)
class Batch:
    """Writes of one partition, which are one mutation: all of them are seen, or none."""

    statements: Sequence[Statement]


class Database:
    """A session that connects by itself, now and after every outage. May be opened while Cassandra is away."""

    def __init__(self, settings: CassandraSettings) -> None:
        self._settings = settings
        self._session: Session | None = None
        self._reactor: Reactor | None = None
        self._prepared: dict[str, PreparedStatement] = {}
        self._connecting: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Begin to connect; returns at once."""
        self._connecting = asyncio.create_task(self._connect())

    async def close(self) -> None:
        """Disconnect; what is under way is given up."""
        # First, so that no thread of the driver's goes on waiting for a connection or an answer.
        if self._reactor is not None:
            self._reactor.close()
        await tasks.end(self._connecting)
        if self._session is not None:
            await asyncio.to_thread(self._session.cluster.shutdown)

    async def answers(self) -> bool:
        """Whether Cassandra answers a query now."""
        await self.execute("SELECT key FROM system.local")
        return True

    async def execute(
        self, cql: str, parameters: Sequence[object] = (), *, consistency: int | None = None
    ) -> list[Row]:
        """Run one statement and return its rows, keyed by column; bound what you select, there is no paging.

        Raises EngineAwayError when it was not confirmed; a write may then have happened or not.
        """
        (rows,) = await self.execute_all([(cql, parameters)], consistency=consistency)
        return rows

    async def execute_all(
        self, statements: Iterable[Statement | Batch], *, consistency: int | None = None
    ) -> list[list[Row]]:
        """Run statements side by side, in no order, and return the rows of each.

        Raises EngineAwayError when any was not confirmed, the others then being as they may.
        """
        session = self._session
        if session is None:
            raise EngineAwayError(ENGINE, "not connected yet")
        bound = []
        for one in statements:
            statement = await (
                self._batched(session, one) if isinstance(one, Batch) else self._bound(session, one)
            )
            if consistency is not None:
                statement.consistency_level = consistency
            bound.append(statement)
        answers = _Answers(len(bound))
        for place, statement in enumerate(bound):
            answers.expect(session.execute_async(statement), place)
        try:
            return await answers.done
        except _LASTING:
            raise
        except _PASSING as error:
            raise EngineAwayError(ENGINE, type(error).__name__) from None

    async def _bound(self, session: Session, statement: Statement) -> BoundStatement:
        cql, parameters = statement
        prepared = self._prepared.get(cql) or await self._prepare(session, cql)
        return prepared.bind(parameters)

    async def _batched(self, session: Session, batch: Batch) -> BatchStatement:
        batched = BatchStatement(BatchType.UNLOGGED)
        for statement in batch.statements:
            batched.add(await self._bound(session, statement))
        batched.is_idempotent = all(_CONDITIONAL not in text for text, _ in batch.statements)
        return batched

    async def _prepare(self, session: Session, cql: str) -> PreparedStatement:
        try:
            # The driver's own limit for this is ten seconds, and no setting changes it.
            async with asyncio.timeout(self._settings.cassandra_timeout_seconds):
                prepared = await asyncio.to_thread(session.prepare, cql)
        except _LASTING:
            raise
        except (*_PASSING, DriverException, TimeoutError) as error:
            raise EngineAwayError(ENGINE, type(error).__name__) from None
        prepared.is_idempotent = _CONDITIONAL not in cql
        self._prepared[cql] = prepared
        return prepared

    async def _connect(self) -> None:
        for wait in backoff():
            self._reactor = Reactor()
            try:
                self._session = await asyncio.to_thread(_connected, self._settings, self._reactor)
            except (*_PASSING, DriverException, OSError) as error:
                _log.warning("cassandra is away, trying again", extra={"cause": type(error).__name__})
                await asyncio.sleep(wait)
            else:
                _log.info("connected to cassandra")
                return


def _connected(settings: CassandraSettings, reactor: Reactor) -> Session:
    """A session, in a thread that may wait: for names to be resolved, and for the node."""
    cluster = _cluster(settings, reactor)
    try:
        return cluster.connect(settings.cassandra_keyspace)
    except BaseException:
        cluster.shutdown()
        raise


def _cluster(settings: CassandraSettings, reactor: Reactor) -> Cluster:
    points = [point.strip().rpartition(":") for point in settings.cassandra.split(",")]
    profile = ExecutionProfile(
        load_balancing_policy=TokenAwarePolicy(DCAwareRoundRobinPolicy(local_dc=settings.cassandra_local_dc)),
        consistency_level=ConsistencyLevel.LOCAL_QUORUM,
        request_timeout=settings.cassandra_timeout_seconds,
        row_factory=dict_factory,
        speculative_execution_policy=ConstantSpeculativeExecutionPolicy(_ANOTHER_NODE_SECONDS, _OTHER_NODES),
    )
    password = settings.cassandra_password
    return Cluster(
        contact_points=[host for host, _, _ in points],
        port=int(points[0][2]),
        connection_class=reactor.connection_class(),
        executor_threads=_DRIVER_THREADS,
        protocol_version=_PROTOCOL_VERSION,
        execution_profiles={EXEC_PROFILE_DEFAULT: profile},
        reconnection_policy=ExponentialReconnectionPolicy(
            _RECONNECT_FIRST_SECONDS, _RECONNECT_CAP_SECONDS, max_attempts=None
        ),
        auth_provider=password
        and PlainTextAuthProvider(settings.cassandra_username, password.get_secret_value()),
        ssl_context=settings.cassandra_ca_file
        and ssl.create_default_context(cafile=settings.cassandra_ca_file),
    )


class _Answers:
    """The rows of statements side by side, when the last of them has come, or the first error.

    Most answers come in the loop's thread; errors may, and what was tried on another node does, come in one of the
    driver's. A statement that went to two nodes is answered twice, and counts once: or the group would be complete
    before another of its statements was confirmed.
    """

    def __init__(self, count: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._thread = get_ident()
        self._rows: list[list[Row]] = [[] for _ in range(count)]
        self._unanswered = set(range(count))
        self.done: asyncio.Future[list[list[Row]]] = self._loop.create_future()
        if not count:
            self.done.set_result([])

    def expect(self, response: ResponseFuture, place: int) -> None:
        """Take the rows of this response for those of the statement at this place."""
        response.add_callbacks(self._succeeded, self._failed, callback_args=(place,))

    def _succeeded(self, rows: list[Row] | None, place: int) -> None:
        if get_ident() != self._thread:
            self._loop.call_soon_threadsafe(self._succeeded, rows, place)
            return
        if place not in self._unanswered:
            return
        self._unanswered.remove(place)
        self._rows[place] = rows or []
        if not self._unanswered and not self.done.done():
            self.done.set_result(self._rows)

    def _failed(self, error: BaseException) -> None:
        if get_ident() != self._thread:
            self._loop.call_soon_threadsafe(self._failed, error)
        elif not self.done.done():
            self.done.set_exception(error)
