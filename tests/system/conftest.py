"""Real engines and a real system, each started once for all tests that ask for it."""

import os
from collections.abc import Iterator

import pytest
from cassandra.cluster import Cluster

from harness import containers, leaks
from harness.bad_input.case import MARKER
from harness.querying import Query, Rows, cassandra, serving
from harness.running import Engines, System, User, read_run, supervised

# Engines live for minutes here: without the JVM's second compiler Cassandra starts with 9 s of CPU instead of 16, Kafka
# with 5 instead of 7.
os.environ.setdefault("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1")


@pytest.fixture(scope="session", autouse=True)
def no_log_tells_a_secret(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Looks through the logs of all programs that the tests have run, when they have ended."""
    leaks.note(MARKER)
    yield
    found = list(leaks.in_logs(tmp_path_factory.getbasetemp()))
    assert not found, f"{len(found)} lines of logs tell what was used: {found[:20]}"


@pytest.fixture(scope="session")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    """Kafka and Cassandra with topics and tables, without services. Shared: use owners of your own.

    In containers where there is Docker, else as this machine's processes; ECG_TEST_ENGINES decides otherwise.
    """
    if containers.wanted():
        with containers.contained(tmp_path_factory.mktemp("keys")) as found:
            yield found
        return
    var = tmp_path_factory.mktemp("engines")
    with supervised(var, "--engines-only"):
        run = read_run(var)
        yield Engines(run["kafka"], run["cassandra"], var / "keys")


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Everything. Shared: who stops or kills a part brings it back; use users of your own."""
    var = tmp_path_factory.mktemp("system")
    with supervised(var) as process:
        system = System(var, process)
        yield system
        system.http.close()


@pytest.fixture(scope="session")
def query(engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Query]:
    """A query API alone on the engines. Shared: use users of your own."""
    with serving(
        engines, tmp_path_factory.mktemp("query"), ECG_CORS_ORIGINS="https://app.example"
    ) as running:
        yield running


@pytest.fixture(scope="session")
def cluster(engines: Engines) -> Iterator[Cluster]:
    """A Cassandra driver of the tests' own."""
    with cassandra(engines) as opened:
        yield opened


@pytest.fixture
def user(query: Query) -> User:
    """Somebody new of that query API."""
    return query.new_user()


@pytest.fixture
def rows(cluster: Cluster, engines: Engines, user: User) -> Rows:
    """What the processor leaves of this user's ECGs."""
    return Rows(cluster, engines, user)
