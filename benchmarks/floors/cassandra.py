"""A session as fast as one is made: protocol 4, rows as tuples, and libev or the connections of a loop."""

from typing import Any

from cassandra import ConsistencyLevel
from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile, Session
from cassandra.io.libevreactor import LibevConnection
from cassandra.policies import DCAwareRoundRobinPolicy
from cassandra.query import tuple_factory

from harness import access
from infra.access.accounts import OPERATOR


def connected(address: str, keyspace: str, connection_class: type[Any] = LibevConnection) -> Session:
    """A session with the node at this address, at LOCAL_QUORUM."""
    host, _, port = address.rpartition(":")
    profile = ExecutionProfile(
        DCAwareRoundRobinPolicy("datacenter1"),
        consistency_level=ConsistencyLevel.LOCAL_QUORUM,
        row_factory=tuple_factory,
    )
    return Cluster(
        [host],
        int(port),
        protocol_version=4,
        connection_class=connection_class,
        execution_profiles={EXEC_PROFILE_DEFAULT: profile},
        auth_provider=PlainTextAuthProvider(OPERATOR, access.accounts()[OPERATOR]),
        monitor_reporting_enabled=False,
    ).connect(keyspace)
