"""What every point works with: the system that is measured, other programs, loads, and where figures go."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from benchmarks.results import Results
from benchmarks.scale import Scale
from benchmarks.usage import Usage, using
from harness import access
from harness.running import System, User, until
from infra import tied
from infra.local.ports import any_free
from infra.paths import REPOSITORY
from schemas.topics import INSIGHTS, UPLOADED, Topic

FLOOR_UPLOADED, FLOOR_INSIGHTS = "floor.uploaded", "floor.insights"
FLOOR_KEYSPACE = "floor"
# More than one, so that nobody comes near what one user may ask in a second.
USERS = 4
LOAD_LIMIT_SECONDS = 600.0


class LoadFailedError(Exception):
    """A load process did not do what it was told; a figure of it would mean nothing."""


class Bench:
    """A system under test, and the rest of the bench."""

    def __init__(self, scale: Scale, results: Results, system: System) -> None:
        self.scale = scale
        self.results = results
        self.system = system
        self.kafka = system.engines.kafka
        self.cassandra = system.engines.cassandra
        self.users: list[User] = []

    def say(self, text: str) -> None:
        """Show what is being done."""
        print(f"{time.strftime('%H:%M:%S')}  {text}", flush=True)

    def sign_in(self) -> None:
        """Users with new tokens."""
        self.users = [self.system.new_user() for _ in range(USERS)]

    @property
    def tokens(self) -> list[str]:
        """Of the users, in their order."""
        return [user.token for user in self.users]

    def load(self, name: str, **job: Any) -> dict[str, Any]:
        """Run one of `benchmarks.load` in a process of its own; what it found. Raises LoadFailedError."""
        return run(f"benchmarks.load.{name}", job)

    def watched_load(
        self, pids: dict[str, int], name: str, **job: Any
    ) -> tuple[dict[str, Any], dict[str, Usage]]:
        """The same, and what these processes used meanwhile."""
        with using(pids) as used:
            found = self.load(name, **job)
        return found, used

    def pids(self, *names: str) -> dict[str, int]:
        """Process ids of the system's programs, by name."""
        return {name: self.system.pid(name) for name in names}

    def settle(self) -> None:
        """Wait until the processor has finished what there is, so that measurements do not disturb each other."""
        metrics = f"{self.system.processor_url}/metrics"
        until(
            lambda: "\necg_processor_lag_events 0.0" in self.system.http.get(metrics).text, "the backlog", 300
        )
        # The figure is refreshed each second.
        time.sleep(1.5)


def run(module: str, job: dict[str, Any]) -> dict[str, Any]:
    """Run a module that takes a job and tells what it found. Raises LoadFailedError."""
    done = subprocess.run(  # noqa: S603 - the command is ours
        tied.command([sys.executable, "-m", module]),
        cwd=REPOSITORY,
        input=json.dumps(job),
        capture_output=True,
        text=True,
        check=False,
        timeout=LOAD_LIMIT_SECONDS,
    )
    if done.returncode != 0:
        raise LoadFailedError(f"{module}:\n{done.stderr[-3000:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@contextmanager
def serving(module: str, *arguments: object) -> Iterator[tuple[int, str]]:
    """A server of ours beside the system, `python -m module PORT arguments`: its process id and its URL."""
    port = any_free()
    url = f"http://127.0.0.1:{port}"
    command = tied.command([sys.executable, "-m", module, str(port), *map(str, arguments)])
    process = subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.DEVNULL)  # noqa: S603 - ours
    try:
        with httpx.Client(trust_env=False) as http:
            until(lambda: process.poll() is not None or _answers(http, url), module)
        if process.poll() is not None:
            raise LoadFailedError(f"{module} did not start")
        yield process.pid, url
    finally:
        process.terminate()
        process.wait(10)


def _answers(http: httpx.Client, url: str) -> bool:
    try:
        return http.get(url).status_code < 500
    except httpx.HTTPError:
        return False


def make_topics(kafka: str, *topics: tuple[str, Topic]) -> None:
    """Make topics of these names in the shape of others."""

    async def make() -> None:
        admin = AIOKafkaAdminClient(**access.to(kafka))
        await admin.start()
        await admin.create_topics(
            [NewTopic(name, like.partitions, 1, topic_configs=dict(like.configs)) for name, like in topics]
        )
        await admin.close()

    asyncio.run(make())


def make_floor_topics(kafka: str) -> None:
    """The floors' own topics, in the shape of ours."""
    make_topics(kafka, (FLOOR_UPLOADED, UPLOADED), (FLOOR_INSIGHTS, INSIGHTS))


def ends(kafka: str, topic: str, partitions: int) -> list[int]:
    """Where each partition of a topic ends now."""

    async def ask() -> list[int]:
        consumer = AIOKafkaConsumer(**access.to(kafka))
        await consumer.start()
        places = [TopicPartition(topic, number) for number in range(partitions)]
        found = await consumer.end_offsets(places)
        await consumer.stop()
        return [found[place] for place in places]

    return asyncio.run(ask())


def own_cpu_share(pid: int, seconds: float) -> float:
    """The part of one core that a process takes over some seconds, in percent."""
    process = psutil.Process(pid)
    with using({"it": process.pid}) as used:
        time.sleep(seconds)
    return 100 * used["it"].cpu_seconds / seconds


def database_file(folder: Path) -> Path:
    """Of the reference."""
    return folder / "reference.sqlite"
