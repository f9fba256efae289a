"""Kafka (KRaft, one node) as a child process: its configuration, its storage, and the question that proves
it is up.
"""

import asyncio
import base64
import os
import subprocess
import uuid
from functools import partial
from pathlib import Path

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError

from infra import tied
from infra.engines.scratch import SCRATCH, make_scratch
from infra.errors import SetupError
from infra.program import Program

HERE = Path(__file__).resolve().parent
HEAP = "-Xmx512m"
# One metadata answer of a healthy broker takes milliseconds; longer means that it is not up yet.
ASK_LIMIT_SECONDS = 3.0

# After so many messages of a partition they are written to disk, before they are acknowledged.
FLUSH_VARIABLE, NEVER = "ECG_KAFKA_FLUSH_MESSAGES", 2**63 - 1


def kafka(java: Path, jars: Path, folder: Path, log: Path, port: int, controller_port: int) -> Program:
    """Kafka on 127.0.0.1:port with its data in `folder`, which keeps its data over stops and starts."""
    address = f"127.0.0.1:{port}"
    jvm = (
        str(java),
        "-cp",
        str(jars / "kafka" / "*"),
        f"-Dlog4j2.configurationFile={HERE / 'log4j2.properties'}",
        f"-Djava.io.tmpdir={folder / SCRATCH}",
    )
    config = folder / "server.properties"
    return Program(
        name="kafka",
        title="Kafka",
        argv=(
            *jvm,
            HEAP,
            "-XX:+UseG1GC",
            "-XX:MaxGCPauseMillis=20",
            "-XX:+ExitOnOutOfMemoryError",
            "-XX:+PerfDisableSharedMem",
            "-Djava.awt.headless=true",
            "kafka.Kafka",
            str(config),
        ),
        log=log,
        answers=partial(answers, address),
        waits_for="a metadata answer",
        address=address,
        prepare=partial(prepare, jvm, folder, port, controller_port),
    )


def prepare(jvm: tuple[str, ...], folder: Path, port: int, controller_port: int) -> None:
    """Write the configuration and, the first time, format the storage. Raises SetupError when that fails."""
    make_scratch(folder)
    data = folder / "data"
    config = folder / "server.properties"
    config.write_text(
        (HERE / "kafka.properties").read_text()
        + "\n"
        + f"listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}\n"
        + f"advertised.listeners=PLAINTEXT://127.0.0.1:{port}\n"
        + f"controller.quorum.voters=1@127.0.0.1:{controller_port}\n"
        + f"log.dirs={data}\n"
        + f"log.flush.interval.messages={os.environ.get(FLUSH_VARIABLE, NEVER)}\n"
    )
    if (data / "meta.properties").exists():
        return
    cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    # Kafka reads an id that begins with a dash as an option.
    command = [*jvm, "kafka.tools.StorageTool", "format", f"--cluster-id={cluster}", "--config", str(config)]
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


async def answers(address: str) -> bool:
    """Whether the broker answers a metadata request."""
    client = AIOKafkaClient(bootstrap_servers=address)
    try:
        async with asyncio.timeout(ASK_LIMIT_SECONDS):
            await client.bootstrap()
            return bool(client.cluster.brokers())
    except (KafkaError, OSError, TimeoutError):
        return False
    finally:
        await client.close()
