"""Real engines and a real system, each started once for all tests that ask for it."""

from collections.abc import Iterator

import pytest

from tests.system import containers
from tests.system.running import Engines, System, read_run, supervised


@pytest.fixture(scope="session")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    """Kafka and Cassandra with topics and tables, without services. Shared: use owners of your own.

    In containers where there is Docker, else as this machine's processes; ECG_TEST_ENGINES decides otherwise.
    """
    if containers.wanted():
        with containers.contained() as found:
            yield found
        return
    var = tmp_path_factory.mktemp("engines")
    with supervised(var, "--engines-only"):
        run = read_run(var)
        yield Engines(run["kafka"], run["cassandra"])


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Everything. Shared: who stops or kills a part brings it back; use users of your own."""
    var = tmp_path_factory.mktemp("system")
    with supervised(var) as process:
        system = System(var, process)
        yield system
        system.http.close()
