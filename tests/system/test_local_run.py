"""What `python -m infra.local run` promises: it supervises, keeps data, and leaves nothing behind."""

import asyncio
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from harness import access
from harness.running import is_gone, local, read_run, supervised, until
from infra.local.commands import NAMES
from infra.local.state import Files

ENGINES = ("kafka", "cassandra")
TOPIC = "ecg.identity.v1"
ORIGIN = "https://a.example"
OWNER = "00000000-0000-0000-0000-000000000001"
INSERT = f"INSERT INTO ecg.months_by_owner (owner_id, month) VALUES ({OWNER}, '2026-11')"
SELECT = f"SELECT month FROM ecg.months_by_owner WHERE owner_id = {OWNER}"


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The data folder of running engines."""
    var = tmp_path_factory.mktemp("run")
    with supervised(var, "--engines-only"):
        yield var


async def send(bootstrap: str, value: bytes) -> None:
    async with AIOKafkaProducer(**access.to(bootstrap), acks="all") as producer:
        await producer.send_and_wait(TOPIC, value, b"key", partition=0)


async def first_value(bootstrap: str) -> bytes | None:
    async with AIOKafkaConsumer(**access.to(bootstrap)) as consumer:
        partition = TopicPartition(TOPIC, 0)
        consumer.assign([partition])
        await consumer.seek_to_beginning(partition)
        value: bytes | None = (await asyncio.wait_for(consumer.getone(), 20)).value
        return value


def cql(address: str, statement: str) -> list[tuple[object, ...]]:
    with access.cluster(address) as cluster:
        return [tuple(row) for row in cluster.connect().execute(statement)]


def replaced(var: Path, name: str, old: int) -> None:
    """Wait for another process of this program that is ready."""
    until(lambda: read_run(var)["pids"][name] != old, f"another process of {name}")
    assert local(var, "start", name).returncode == 0


def gone(pid: int) -> None:
    until(lambda: is_gone(pid), f"the end of process {pid}", 10)


def test_killed_engines_come_back_with_their_data(var: Path) -> None:
    before = read_run(var)
    asyncio.run(send(before["kafka"], b"kept"))
    cql(before["cassandra"], INSERT)

    for name in ENGINES:
        os.kill(before["pids"][name], signal.SIGKILL)
    for name in ENGINES:
        replaced(var, name, before["pids"][name])

    after = read_run(var)
    assert {key: after[key] for key in ENGINES} == {key: before[key] for key in ENGINES}
    assert after["restarts"] == {"kafka": 1, "cassandra": 1}
    assert asyncio.run(first_value(after["kafka"])) == b"kept"
    assert cql(after["cassandra"], SELECT) == [("2026-11",)]


def test_one_engine_is_stopped_and_started_again(var: Path) -> None:
    before = read_run(var)["pids"]

    assert local(var, "stop", "kafka").returncode == 0
    assert is_gone(before["kafka"])
    assert read_run(var)["pids"] == {"kafka": None, "cassandra": before["cassandra"]}

    assert local(var, "start", "kafka").returncode == 0
    assert psutil.pid_exists(read_run(var)["pids"]["kafka"])


def test_a_second_supervisor_is_refused_in_a_sentence(var: Path) -> None:
    before = read_run(var)

    second = local(var, "run", "--engines-only")

    assert second.returncode == 1
    assert second.stdout == f"The system of {var} is already up, or starting.\n"
    assert read_run(var) == before


def test_nothing_outlives_its_supervisor_and_data_outlives_it(tmp_path: Path) -> None:
    with supervised(tmp_path, "--engines-only"):
        first = read_run(tmp_path)
        cql(first["cassandra"], INSERT)
        asyncio.run(send(first["kafka"], b"kept"))
        os.kill(first["supervisor"], signal.SIGKILL)
        for name in ENGINES:
            gone(first["pids"][name])

    with supervised(tmp_path, "--engines-only") as supervisor:
        second = read_run(tmp_path)
        assert cql(second["cassandra"], SELECT) == [("2026-11",)]
        assert asyncio.run(first_value(second["kafka"])) == b"kept"
        supervisor.terminate()
        assert supervisor.wait(30) == 0

    assert all(is_gone(pid) for pid in second["pids"].values())
    assert not Files(tmp_path).run.exists()
    assert local(tmp_path, "down").stdout == "Nothing is up here.\n"


def test_an_engine_that_does_not_start_says_why(tmp_path: Path) -> None:
    storage = tmp_path / "kafka" / "data"
    storage.mkdir(parents=True)
    (storage / "meta.properties").write_text("version=1\nnode.id=7\ncluster.id=another\n")

    tried = local(tmp_path, "run")

    assert tried.returncode == 1
    assert "Kafka did not start (exit code 1)" in tried.stdout
    assert f"The last lines of {tmp_path / 'logs' / 'kafka.log'}:\n  | " in tried.stdout
    assert "Stored node id 7" in tried.stdout
    assert "Traceback" not in tried.stdout
    assert not Files(tmp_path).state.exists()


def test_what_is_set_for_a_restart_reaches_the_service_and_stays_until_it_is_started_again(
    tmp_path: Path,
) -> None:
    with supervised(tmp_path, ECG_TOKEN_MINUTES="17"):
        url = read_run(tmp_path)["query_url"]
        assert allowed(url) is None

        wrong = {"ECG_INGEST_BODY_SECONDS": "hush"}
        restarted = local(tmp_path, "restart", "query_api", ECG_CORS_ORIGINS=ORIGIN, **wrong)
        said = "ECG_INGEST_BODY_SECONDS is no setting: nobody reads it; did you mean ECG_BODY_SECONDS?"
        assert restarted.returncode == 0
        assert said in restarted.stdout.splitlines()
        assert allowed(url) == ORIGIN
        # And the service says it where its operators look.
        lines = [json.loads(line) for line in (tmp_path / "logs" / "query_api.log").read_text().splitlines()]
        assert [line["level"] for line in lines if line["message"] == said] == ["WARNING"]
        assert not any("hush" in json.dumps(line) for line in lines)

        killed = read_run(tmp_path)["pids"]["query_api"]
        os.kill(killed, signal.SIGKILL)
        replaced(tmp_path, "query_api", killed)
        assert allowed(url) == ORIGIN
        # What was set for all of it holds on.
        assert psutil.Process(read_run(tmp_path)["pids"]["query_api"]).environ()["ECG_TOKEN_MINUTES"] == "17"

        # A service that runs is left as it is.
        assert local(tmp_path, "start", "query_api", ECG_CORS_ORIGINS="https://b.example").returncode == 0
        assert allowed(url) == ORIGIN
        assert local(tmp_path, "restart", "query_api").returncode == 0
        assert allowed(url) is None


def allowed(url: str) -> str | None:
    """The origin whose pages may read what this API answers, asked as a page of ORIGIN."""
    answer = httpx.get(f"{url}/v1/ecgs", headers={"Origin": ORIGIN}, trust_env=False, timeout=30)
    origin: str | None = answer.headers.get("access-control-allow-origin")
    return origin


def test_commands_know_every_program() -> None:
    assert set(NAMES) == {"kafka", "cassandra", "ingest_api", "stream_processor", "query_api"}
