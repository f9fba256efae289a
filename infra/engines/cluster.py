"""Three brokers and three nodes on the loopback addresses 127.0.0.1 to 127.0.0.3, to see what a cluster does when
one of each is lost. macOS has only the first of these addresses by itself.
"""

from pathlib import Path

from infra.access.accounts import Accounts
from infra.engines.cassandra import Node, cassandra
from infra.engines.kafka import Member, kafka, new_cluster_id
from infra.program import Program

HOSTS = ("127.0.0.1", "127.0.0.2", "127.0.0.3")
CASSANDRA_HEAP = "-Xmx768m"
# The whole ring in equal parts.
TOKENS = (-(2**63), -3074457345618258603, 3074457345618258602)

# A write is on two of three before it is answered, and goes on when one is lost. That one is lost is noticed when it
# has sent no heartbeat for the session's time: until then its partitions have no leader, and every write to them
# waits. The default of 9 s showed as a pause of 8.7 s.
KAFKA_SETTINGS = """
offsets.topic.replication.factor=3
transaction.state.log.replication.factor=3
transaction.state.log.min.isr=2
share.coordinator.state.topic.replication.factor=3
share.coordinator.state.topic.min.isr=2
min.insync.replicas=2
broker.session.timeout.ms=1500
broker.heartbeat.interval.ms=300
controller.quorum.election.timeout.ms=500
controller.quorum.fetch.timeout.ms=1000
"""


def engines(
    java: Path, jars: Path, var: Path, logs: Path, port: dict[str, int], accounts: Accounts
) -> list[list[Program]]:
    """The groups in which they are started: the brokers with the first node, then node by node."""
    controllers = [f"{host}:{port['kafka_controller']}" for host in HOSTS]
    cluster_id = new_cluster_id()
    brokers = [
        kafka(
            java,
            jars,
            var / f"kafka-{number}",
            logs / f"kafka-{number}.log",
            port["kafka"],
            port["kafka_controller"],
            accounts,
            member=Member(number, host, controllers, cluster_id, KAFKA_SETTINGS),
        )
        for number, host in enumerate(HOSTS, 1)
    ]
    first, *others = [
        cassandra(
            java,
            jars,
            var / f"cassandra-{number}",
            logs / f"cassandra-{number}.log",
            port["cassandra"],
            port["cassandra_storage"],
            accounts,
            heap=CASSANDRA_HEAP,
            node=Node(number, host, token, f"{HOSTS[0]}:{port['cassandra_storage']}"),
        )
        for number, (host, token) in enumerate(zip(HOSTS, TOKENS, strict=True), 1)
    ]
    return [[*brokers, first], *([node] for node in others)]
