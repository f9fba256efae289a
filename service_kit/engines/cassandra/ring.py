"""One session of the Cassandra driver: the nodes that its contact points led to, and the statements prepared on it.

The driver looks contact points up once, when it is made, and follows its nodes from then on by what they tell of one
another. Where all of them are gone it asks for their old addresses for ever. So a ring that is lost is left for a new
one: see `service_kit.engines.cassandra.database`.
"""

import asyncio
from typing import Self

from cassandra import ConsistencyLevel, DriverException
from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile, NoHostAvailable, Session
from cassandra.policies import (
    ConstantSpeculativeExecutionPolicy,
    DCAwareRoundRobinPolicy,
    ExponentialReconnectionPolicy,
    TokenAwarePolicy,
)
from cassandra.query import BatchStatement, BatchType, BoundStatement, PreparedStatement, dict_factory

from service_kit.engines.cassandra import errors
from service_kit.engines.cassandra.connection import Reactor
from service_kit.engines.cassandra.settings import CassandraSettings
from service_kit.engines.cassandra.statements import Batch, Bound, Statement

# Version 5 adds checksums that TCP has already, and costs a tenth of a read's CPU.
_PROTOCOL_VERSION = 4
_RECONNECT_FIRST_SECONDS, _RECONNECT_CAP_SECONDS = 0.2, 2.0
# A node that has not answered for so long may just have died: another is asked as well. Most answers take milliseconds.
_ANOTHER_NODE_SECONDS, _OTHER_NODES = 0.5, 2
# Threads of the driver's own, in which it tries other nodes: some may be waiting for one that has gone.
_DRIVER_THREADS = 8


class Ring:
    """A connected session. What fails raises EngineAwayError, or what `errors.judged` lets pass."""

    def __init__(self, session: Session, reactor: Reactor, settings: CassandraSettings) -> None:
        self.session = session
        self._reactor = reactor
        self._settings = settings
        self._prepared: dict[Statement, PreparedStatement] = {}

    @classmethod
    async def connect(cls, settings: CassandraSettings) -> Self:
        """A new one, its contact points looked up now."""
        reactor = Reactor()
        try:
            return cls(await asyncio.to_thread(_connected, settings, reactor), reactor, settings)
        except (DriverException, NoHostAvailable, OSError) as error:
            reactor.close()
            raise errors.of_connecting(error, settings.cassandra_keyspace) from None
        except BaseException:
            # First, so that no thread of the driver's goes on waiting for a connection or an answer.
            reactor.close()
            raise

    async def close(self) -> None:
        """Disconnect; what is under way fails."""
        self._reactor.close()
        await asyncio.to_thread(self.session.cluster.shutdown)

    async def bound(self, one: Bound | Batch) -> BoundStatement | BatchStatement:
        """What is to be executed for a statement, or for some that are one."""
        if not isinstance(one, Batch):
            return await self._bound(one)
        batched = BatchStatement(BatchType.UNLOGGED)
        for statement in one.statements:
            batched.add(await self._bound(statement))
        batched.is_idempotent = not any(statement.conditional for statement, _ in one.statements)
        return batched

    async def prepare(self, statement: Statement) -> PreparedStatement:
        """Have Cassandra read the statement, also where it has before."""
        try:
            # The driver's own limit for this is ten seconds, and no setting changes it.
            async with asyncio.timeout(self._settings.cassandra_timeout_seconds):
                prepared = await asyncio.to_thread(self.session.prepare, statement.cql)
        except (DriverException, NoHostAvailable, TimeoutError) as error:
            raise errors.judged(error, self._settings.cassandra_keyspace) from None
        prepared.is_idempotent = not statement.conditional
        if statement.serial:
            prepared.consistency_level = ConsistencyLevel.SERIAL
        self._prepared[statement] = prepared
        return prepared

    async def _bound(self, one: Bound) -> BoundStatement:
        statement, values = one
        prepared = self._prepared.get(statement) or await self.prepare(statement)
        return prepared.bind(values)


def _connected(settings: CassandraSettings, reactor: Reactor) -> Session:
    """A session, in a thread that may wait: for names to be resolved, and for the node."""
    cluster = _cluster(settings, reactor)
    try:
        return cluster.connect(settings.cassandra_keyspace)
    except BaseException:
        known = cluster.metadata.keyspaces
        cluster.shutdown()
        # There are always some of Cassandra's own.
        if known and settings.cassandra_keyspace not in known:
            raise errors.keyspace_missing(settings.cassandra_keyspace) from None
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
        ssl_context=settings.cassandra_tls(),
        ssl_options=settings.cassandra_tls_name and {"server_hostname": settings.cassandra_tls_name},
    )
