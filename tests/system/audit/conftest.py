"""A Kafka and a keyspace of these tests' own: the topic is made again with other records, and chains are compared."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from cassandra.cluster import Cluster, Session

from harness import access
from harness.brokers import OwnKafka, own_kafka
from harness.querying import Query
from harness.running import Engines, User
from tests.system.audit.asking import KEYSPACE, asked, with_ecg


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnKafka]:
    with own_kafka(tmp_path_factory.mktemp("kafka")) as broker:
        yield broker


@pytest.fixture(scope="session")
def session(engines: Engines, cluster: Cluster) -> Iterator[Session]:
    """A keyspace of these tests' own, with all tables."""
    access.apply_tables(engines.cassandra, KEYSPACE)
    yield cluster.connect(KEYSPACE)
    cluster.connect().execute(f"DROP KEYSPACE {KEYSPACE}")


@pytest.fixture(scope="session")
def own(
    engines: Engines, broker: OwnKafka, session: Session, tmp_path_factory: pytest.TempPathFactory
) -> Engines:
    return Engines(broker.address, engines.cassandra, tmp_path_factory.mktemp("keys") / "keys")


@pytest.fixture(autouse=True)
def running(broker: OwnKafka) -> None:
    """Whatever the test before left of it."""
    broker.start()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "query"


@pytest.fixture
def query(own: Engines, folder: Path) -> Iterator[Query]:
    with asked(own, folder) as running:
        yield running


@pytest.fixture
def user(query: Query, cluster: Cluster, own: Engines) -> User:
    """Somebody with an ECG."""
    return with_ecg(query, cluster, own)
