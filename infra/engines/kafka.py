"""Kafka (KRaft, one node or one of several) as a child process: its configuration, its storage, and the question
that proves it is up.
"""

import asyncio
import base64
import os
import subprocess
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from infra import tied
from infra.access.accounts import Accounts
from infra.access.jaas import write_jaas
from infra.access.signing_in import operator_to_kafka
from infra.engines.java import environment
from infra.engines.scratch import SCRATCH, make_scratch
from infra.errors import SetupError
from infra.program import Program

HERE = Path(__file__).resolve().parent
HEAP = "-Xmx512m"
JAAS_FILE = "jaas.conf"
# One metadata answer of a healthy broker takes milliseconds; longer means that it is not up yet.
ASK_LIMIT_SECONDS = 3.0

# After so many messages of a partition they are written to disk, before they are acknowledged.
FLUSH_VARIABLE, NEVER = "ECG_KAFKA_FLUSH_MESSAGES", 2**63 - 1


@dataclass(frozen=True, slots=True)
class Member:
    """A broker's place in a cluster: its number from 1, its address, the addresses of all controllers in the order of
    their numbers, the cluster's id, and what a cluster sets otherwise than one machine does.
    """

    number: int
    host: str
    controllers: Sequence[str]
    cluster_id: str
    settings: str


def kafka(
    java: Path,
    jars: Path,
    folder: Path,
    log: Path,
    port: int,
    controller_port: int,
    accounts: Accounts,
    *,
    reached_at: int | None = None,
    member: Member | None = None,
    told: Callable[[], Mapping[str, str]] = lambda: os.environ,
) -> Program:
    """Kafka on 127.0.0.1:port with its data in `folder`, which keeps its data over stops and starts.

    `accounts`: who may do everything from the beginning. `reached_at`: the port that clients are told instead of its
    own, where a proxy stands before it. `member`: one of several, on a host of its own. `told`: the environment that
    holds for it at each start.
    """
    place = member or alone(controller_port)
    address = f"{place.host}:{port}"
    jvm = (
        str(java),
        "-cp",
        str(jars / "kafka" / "*"),
        f"-Dlog4j2.configurationFile={HERE / 'log4j2.properties'}",
        f"-Djava.io.tmpdir={folder / SCRATCH}",
    )
    config = folder / "server.properties"
    return Program(
        name=f"kafka-{member.number}" if member else "kafka",
        title=f"Kafka {member.number}" if member else "Kafka",
        argv=(
            *jvm,
            HEAP,
            "-XX:+UseG1GC",
            "-XX:MaxGCPauseMillis=20",
            "-XX:+ExitOnOutOfMemoryError",
            f"-XX:ErrorFile={log.with_suffix('.crash.log')}",
            "-XX:+PerfDisableSharedMem",
            "-Djava.awt.headless=true",
            f"-Djava.security.auth.login.config={folder / JAAS_FILE}",
            "kafka.Kafka",
            str(config),
        ),
        log=log,
        answers=partial(answers, address, accounts),
        waits_for="a metadata answer",
        address=address,
        env=environment,
        prepare=partial(
            prepare, jvm, folder, place, port, controller_port, accounts, reached_at or port, told
        ),
    )


def alone(controller_port: int) -> Member:
    """The one broker of this machine."""
    return Member(1, "127.0.0.1", [f"127.0.0.1:{controller_port}"], new_cluster_id(), "")


def new_cluster_id() -> str:
    """An id for a cluster that is about to be made."""
    return base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")


def prepare(
    jvm: tuple[str, ...],
    folder: Path,
    place: Member,
    port: int,
    controller_port: int,
    accounts: Accounts,
    reached_at: int,
    told: Callable[[], Mapping[str, str]],
) -> None:
    """Write the configuration and, the first time, format the storage. Raises SetupError when that fails."""
    make_scratch(folder)
    write_jaas(folder / JAAS_FILE, accounts)
    data = folder / "data"
    config = folder / "server.properties"
    voters = [f"{number}@{address}" for number, address in enumerate(place.controllers, 1)]
    config.write_text(
        (HERE / "kafka.properties").read_text()
        + "\n"
        + f"node.id={place.number}\n"
        + f"listeners=CLIENT://{place.host}:{port},CONTROLLER://{place.host}:{controller_port}\n"
        + f"advertised.listeners=CLIENT://{place.host}:{reached_at}\n"
        + f"controller.quorum.voters={','.join(voters)}\n"
        + f"log.dirs={data}\n"
        + f"log.flush.interval.messages={told().get(FLUSH_VARIABLE, NEVER)}\n"
        + place.settings
    )
    if (data / "meta.properties").exists():
        return
    # Kafka reads an id that begins with a dash as an option.
    command = [
        *jvm,
        "kafka.tools.StorageTool",
        "format",
        f"--cluster-id={place.cluster_id}",
        "--config",
        str(config),
    ]
    done = subprocess.run(  # noqa: S603 - the command is ours
        tied.command(command),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        last = "\n  ".join((done.stdout + done.stderr).strip().splitlines()[-5:])
        raise SetupError(f"Kafka could not format its storage in {os.path.relpath(data)}:\n  {last}")


async def answers(address: str, accounts: Accounts) -> bool:
    """Whether the broker answers a metadata request of its operator."""
    client = AIOKafkaAdminClient(bootstrap_servers=address, **operator_to_kafka(accounts))
    try:
        async with asyncio.timeout(ASK_LIMIT_SECONDS):
            await client.start()
            return bool((await client.describe_cluster())["brokers"])
    except (KafkaError, OSError, TimeoutError):
        return False
    finally:
        await client.close()
