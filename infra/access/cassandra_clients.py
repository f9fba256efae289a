"""A driver for what this room does in Cassandra: one question, tables, accounts."""

import ssl
from collections.abc import Sequence

from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile
from cassandra.policies import DCAwareRoundRobinPolicy, RoundRobinPolicy

PROTOCOL_VERSION = 4
# Who is there before anybody has been made.
FIRST = ("cassandra", "cassandra")

# A name and a password.
Credentials = tuple[str, str]


def cluster(
    hosts: Sequence[str],
    credentials: Credentials | None,
    *,
    seconds: float,
    local_dc: str = "datacenter1",
    tls: ssl.SSLContext | None = None,
    tls_name: str | None = None,
    alone: bool = False,
) -> Cluster:
    """A driver, not yet connected, of the ring at `hosts` ("host:port", one port for all).

    `seconds`: how long one request may take, to connect included. `tls`: how it is spoken, None: not at all.
    `tls_name`: whom all nodes' certificates are for, None: each for its node's address. `alone`: whatever a node's data
    centre is called.
    """
    policy = RoundRobinPolicy() if alone else DCAwareRoundRobinPolicy(local_dc)
    profile = ExecutionProfile(load_balancing_policy=policy, request_timeout=seconds)
    return Cluster(
        [host.rpartition(":")[0] for host in hosts],
        port=int(hosts[0].rpartition(":")[2]),
        protocol_version=PROTOCOL_VERSION,
        execution_profiles={EXEC_PROFILE_DEFAULT: profile},
        auth_provider=PlainTextAuthProvider(*credentials) if credentials else None,
        ssl_context=tls,
        ssl_options={"server_hostname": tls_name} if tls_name else None,
        monitor_reporting_enabled=False,
        # What tables there are, and who has which part of the ring, is asked for by itself where it is wanted: to learn
        # all of it is most of what connecting takes.
        schema_metadata_enabled=False,
        token_metadata_enabled=False,
        connect_timeout=seconds,
        control_connection_timeout=seconds,
        max_schema_agreement_wait=seconds,
    )
