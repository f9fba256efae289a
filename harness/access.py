"""How tests, faults and benchmarks sign in to the engines that they start: as the operator, who may do everything.

One set of accounts serves every engine that a process and what it starts begin. A service that is started without
the supervisor gets its own account, and with it its own rights.
"""

import atexit
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from cassandra.cluster import Cluster

from harness import leaks
from infra.access import cassandra_clients
from infra.access.accounts import FILE_VARIABLE, OPERATOR, Accounts, kept
from infra.access.signing_in import to_kafka, variables
from infra.apply import tables, topics
from service_kit.engines.cassandra.settings import CassandraSettings
from service_kit.engines.kafka.settings import KafkaSettings

# As long as the driver waits by itself.
REQUEST_SECONDS = 10.0


@cache
def accounts() -> Accounts:
    """The accounts, in a file that processes started by this one find as well. Raises SetupError."""
    given = os.environ.get(FILE_VARIABLE)
    if given is None:
        folder = tempfile.mkdtemp(prefix="ecg-accounts-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        given = os.environ[FILE_VARIABLE] = f"{folder}/accounts.json"
    found = kept(Path(given))
    leaks.note(*found.values())
    return found


def environment(name: str = OPERATOR) -> dict[str, str]:
    """What a process has to be told to sign in by this name."""
    return variables(name, accounts())


def to(kafka: str, name: str = OPERATOR) -> dict[str, Any]:
    """The arguments of an aiokafka client of the Kafka at this address."""
    return {"bootstrap_servers": kafka, **to_kafka(environment(name))}


def kafka_settings(kafka: str, name: str = OPERATOR) -> KafkaSettings:
    """The settings of a client of the services' kind."""
    told = environment(name)
    return KafkaSettings.model_validate(
        {"kafka": kafka} | {variable.removeprefix("ECG_").lower(): value for variable, value in told.items()}
    )


def cassandra_settings(cassandra: str, name: str = OPERATOR, **more: Any) -> CassandraSettings:
    """The settings of a client of the services' kind, and what else of them is told."""
    told = environment(name)
    account = {f"cassandra_{one}": told[f"ECG_CASSANDRA_{one.upper()}"] for one in ("username", "password")}
    return CassandraSettings.model_validate({"cassandra": cassandra} | account | more)


def cluster(cassandra: str, name: str = OPERATOR) -> Cluster:
    """A driver of the Cassandra at this address."""
    return cassandra_clients.cluster([cassandra], (name, accounts()[name]), seconds=REQUEST_SECONDS)


def apply_tables(cassandra: str, keyspace: str = "ecg") -> list[str]:
    """Make the tables of one node, its accounts and their rights; what was applied."""
    return tables.apply_tables([cassandra], replication=1, keyspace=keyspace, accounts=accounts())


async def apply_topics(kafka: str) -> None:
    """Make the topics of one broker, its accounts and their rights."""
    await topics.apply_topics(kafka, replication=1, accounts=accounts(), **to_kafka(environment()))
