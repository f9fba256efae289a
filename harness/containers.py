"""Kafka and Cassandra as containers of their own, with the images and settings of docker-compose.yml."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

import pytest
from testcontainers.core.container import DockerContainer

from harness.compose import docker_answers, services
from harness.running import START_LIMIT_SECONDS, Engines, until
from infra.engines import cassandra, kafka
from infra.local.ports import any_free
from infra.paths import REPOSITORY

CQL_PORT = 9042
# The listener for clients on this machine.
HOST_PORT = 9094


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
    advertised = f"PLAINTEXT://localhost:9092,HOST://127.0.0.1:{kafka_port}"
    engines = Engines(f"127.0.0.1:{kafka_port}", f"127.0.0.1:{cql_port}", keys)
    told = {"KAFKA_ADVERTISED_LISTENERS": advertised}
    with container("kafka", HOST_PORT, kafka_port, told), container("cassandra", CQL_PORT, cql_port):
        until(lambda: asyncio.run(kafka.answers(engines.kafka)), "Kafka in a container", START_LIMIT_SECONDS)
        until(lambda: cassandra.ask("127.0.0.1", cql_port), "Cassandra in a container", START_LIMIT_SECONDS)
        command = [sys.executable, "-m", "infra.apply"]
        subprocess.run(command, cwd=REPOSITORY, env=os.environ | engines.environment, check=True)
        yield engines


def container(
    name: str, inside: int, outside: int, told: Mapping[str, str] = MappingProxyType({})
) -> DockerContainer:
    """A service of docker-compose.yml, not yet started, with one port on this machine's loopback."""
    service = services()[name]
    made = DockerContainer(service["image"])
    for variable, value in {**service["environment"], **told}.items():
        made.with_env(variable, str(value))
    # The type says a port alone, which would be published to everybody.
    cast("dict[str, Any]", made.ports)[f"{inside}/tcp"] = ("127.0.0.1", outside)
    return made
