"""A session as fast as the driver makes one: libev, protocol 4, rows as tuples."""

from cassandra import ConsistencyLevel
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile, Session
from cassandra.io.libevreactor import LibevConnection
from cassandra.policies import DCAwareRoundRobinPolicy
from cassandra.query import tuple_factory


def connected(address: str, keyspace: str) -> Session:
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
        connection_class=LibevConnection,
        execution_profiles={EXEC_PROFILE_DEFAULT: profile},
        monitor_reporting_enabled=False,
    ).connect(keyspace)
