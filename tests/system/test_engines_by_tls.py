"""All three services on engines that speak TLS alone, and let in whoever has a certificate and a password."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from harness import leaks
from harness.certificates import Authority
from harness.ingesting import Signer, ingesting, until_ready
from harness.querying import serving
from harness.running import until
from harness.secured import Secured, apply, secured
from infra.access.accounts import PROCESSOR
from infra.local.ports import any_free
from infra.paths import REPOSITORY

ECG = {"id": "by-tls", "leads": [{"name": "I", "signal": [12, -3, -7, 5]}]}
STOP_LIMIT_SECONDS = 30.0


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    with secured(tmp_path_factory.mktemp("secured")) as made:
        yield made


@contextmanager
def processing(both: Secured, log: Path, told: Mapping[str, str]) -> Iterator[str]:
    """The address of a stream processor of this test's own."""
    port = any_free()
    base = {name: value for name, value in os.environ.items() if not name.startswith("ECG_")}
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "stream_processor"],
            cwd=REPOSITORY,
            env=base | both.engines.told(PROCESSOR) | {"ECG_PROCESSOR_PORT": str(port)} | dict(told),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(STOP_LIMIT_SECONDS)


def readiness(url: str) -> dict[str, Any]:
    """What a service says of its engines; nothing before it listens."""
    with leaks.client(30) as http:
        try:
            told: dict[str, Any] = http.get(f"{url}/readyz").json()
        except httpx.TransportError:
            return {}
    return told


def causes(log: Path) -> dict[str, list[str]]:
    """What a log gives as causes of an engine's being away."""
    found: dict[str, list[str]] = {}
    for line in log.read_text().splitlines():
        told = json.loads(line)
        if "cause" in told and " is away" in told["message"]:
            found.setdefault(told["message"].partition(" ")[0], []).append(told["cause"])
    return found


def test_an_upload_is_taken_computed_and_read(both: Secured, tmp_path: Path) -> None:
    with (
        serving(both.engines, tmp_path, **both.tls) as query,
        ingesting(
            both.engines.kafka, Signer(both.engines.keys), tmp_path / "ingest_api.log", **both.tls
        ) as ingest,
        processing(both, tmp_path / "stream_processor.log", both.tls) as processor,
    ):
        user = query.new_user()
        until_ready(ingest)
        answer = ingest.post(ECG, token=user.token)
        assert answer.status_code == 202, answer.text
        path = answer.headers["location"].removeprefix("http://query.example")
        until(lambda: query.get(path, user).status_code == 200, "the insight")
        (insight,) = query.get(path, user).json()["insights"]
        assert [lead["value"] for lead in insight["leads"]] == [2]
        until(lambda: readiness(processor).get("status") == "ready", "the processor")
        until(lambda: query.get("/readyz").json()["checks"]["kafka"] == "ok", "Kafka at the query API")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("another authority", "its certificate is not believed: unable to get local issuer certificate"),
        ("no certificate", "it wants a certificate that it believes: "),
    ],
)
def test_who_is_refused_says_why_in_its_log_and_when_asked(
    both: Secured, tmp_path: Path, wrong: str, said: str
) -> None:
    told = dict(both.tls)
    if wrong == "no certificate":
        told = {
            name: value for name, value in told.items() if not name.endswith(("CERTIFICATE_FILE", "KEY_FILE"))
        }
    else:
        another = str(Authority(tmp_path / "another").file)
        told |= {"ECG_KAFKA_CA_FILE": another, "ECG_CASSANDRA_CA_FILE": another}
    log = tmp_path / "stream_processor.log"
    with processing(both, log, told) as url:

        def says_why() -> bool:
            why = readiness(url).get("why", {})
            return all(said in why.get(engine, "") for engine in ("kafka", "cassandra"))

        until(says_why, "the reasons")
    assert causes(log).keys() == {"kafka", "cassandra"}
    assert all(said in " ".join(told) for told in causes(log).values())


@pytest.mark.parametrize("engine", ["KAFKA", "CASSANDRA"])
def test_the_operators_command_says_why_as_well(both: Secured, tmp_path: Path, engine: str) -> None:
    another = str(Authority(tmp_path / "another").file)
    done = apply(both, {**both.tls, f"ECG_{engine}_CA_FILE": another})
    assert done.returncode == 1
    assert "certificate verify failed: unable to get local issuer certificate" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("Topics and tables were not applied: ")
