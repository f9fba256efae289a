"""Kafka and Cassandra as containers of their own, with the images and settings of docker-compose.yml."""

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

import pytest
from testcontainers.core.container import DockerContainer

from harness import access
from harness.compose import docker_answers, services
from harness.running import START_LIMIT_SECONDS, Engines, until
from infra.engines import cassandra, kafka
from infra.local.ports import any_free
from infra.paths import REPOSITORY
from infra.stack.passwords import FOR_OTHERS, keep, of_kafka

CQL_PORT = 9042
# The listener for clients on this machine.
HOST_PORT = 9094
SECRETS_FOLDER = "/etc/kafka/secrets"


def wanted() -> bool:
    """Whether tests are to use containers: as ECG_TEST_ENGINES says, else where Docker is here."""
    match os.environ.get("ECG_TEST_ENGINES"):
        case None | "":
            return docker_answers()
        case "docker":
            return True
        case "local":
            return False
        case _:
            raise pytest.UsageError("ECG_TEST_ENGINES is docker or local")


@contextmanager
def contained(keys: Path) -> Iterator[Engines]:
    """Both engines, with topics and tables, inside the block; removed with their data after it."""
    kafka_port, cql_port = any_free(), any_free()
    advertised = f"CLIENT://localhost:9092,HOST://127.0.0.1:{kafka_port}"
    engines = Engines(f"127.0.0.1:{kafka_port}", f"127.0.0.1:{cql_port}", keys)
    told = {"KAFKA_ADVERTISED_LISTENERS": advertised}
    accounts = access.accounts()
    with (
        tempfile.TemporaryDirectory(prefix="ecg-kafka-") as secrets,
        container("kafka", HOST_PORT, kafka_port, told, secrets),
        container("cassandra", CQL_PORT, cql_port),
    ):
        until(
            lambda: asyncio.run(kafka.answers(engines.kafka, accounts)),
            "Kafka in a container",
            START_LIMIT_SECONDS,
        )
        until(
            lambda: cassandra.ask("127.0.0.1", cql_port, accounts),
            "Cassandra in a container",
            START_LIMIT_SECONDS,
        )
        command = [sys.executable, "-m", "infra.apply"]
        subprocess.run(command, cwd=REPOSITORY, env=os.environ | engines.told(), check=True)
        yield engines


def container(
    name: str,
    inside: int,
    outside: int,
    told: Mapping[str, str] = MappingProxyType({}),
    secrets: str | None = None,
) -> DockerContainer:
    """A service of docker-compose.yml, not yet started, with one port on this machine's loopback.

    `secrets`: the folder in which Kafka finds what it signs in with.
    """
    service = services()[name]
    made = DockerContainer(service["image"])
    for variable, value in {**service["environment"], **told}.items():
        made.with_env(variable, str(value))
    if secrets is not None:
        keep(Path(secrets), of_kafka(access.accounts()), mode=FOR_OTHERS)
        Path(secrets).chmod(0o755)
        made.with_volume_mapping(secrets, SECRETS_FOLDER, "ro")
    # The type says a port alone, which would be published to everybody.
    cast("dict[str, Any]", made.ports)[f"{inside}/tcp"] = ("127.0.0.1", outside)
    return made
