"""The log is not what it was: cut, made again, expired. What comes afterwards is computed, and what is gone is told."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from faults.logs import Kept, delete_topic, expire_all, make_topic
from harness.running import System, User, supervised, until
from infra.access.accounts import PROCESSOR
from infra.local.ports import any_free
from infra.paths import REPOSITORY
from stream_processor.stopping import EXIT_TWIN

# Over sixteen partitions, so that the log of some grows beyond what was committed, and that of others does not.
BEFORE, CUT_OFF, AFTER = 20, 40, 48
ECG = {"leads": [{"name": "I", "signal": [1, -1, 1]}]}


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A system of these tests' own: nobody else may rely on its log."""
    var = tmp_path_factory.mktemp("system")
    with supervised(var) as process:
        system = System(var, process)
        yield system
        system.http.close()


@pytest.fixture
def user(own: System) -> User:
    """Somebody new."""
    return own.new_user()


def test_what_comes_after_a_cut_is_computed(own: System, user: User, tmp_path: Path) -> None:
    """With the processor up, and once more while it is down: it had committed further than the log now reaches."""
    seen(own, user, sent(own, user, BEFORE))
    own.stop("kafka")
    kept = Kept(own.var, tmp_path / "kept")
    own.start("kafka")
    seen(own, user, sent(own, user, CUT_OFF))
    committed(own)

    cut(own, kept)
    seen(own, user, sent(own, user, AFTER))
    assert metric(own, 'ecg_processor_log_changes_total{kind="cut"}') > 0
    until(lambda: ready(own), "the processor to be ready")
    committed(own)

    own.stop("stream_processor")
    cut(own, kept)
    receipts = sent(own, user, AFTER)
    own.start("stream_processor")
    seen(own, user, receipts)
    assert metric(own, 'ecg_processor_log_changes_total{kind="cut"}') > 0
    until(lambda: metric(own, "ecg_processor_lag_events") == 0, "no lag")


def test_what_is_accepted_into_a_topic_made_again_is_computed(own: System, user: User) -> None:
    """While everything runs, and what was in the old one unread is told to be lost."""
    seen(own, user, sent(own, user, AFTER))
    committed(own)
    own.stop("stream_processor")
    unread = sent(own, user, 3)
    asyncio.run(delete_topic(own.engines.kafka))
    asyncio.run(make_topic(own.engines.kafka))
    own.start("stream_processor")
    for receipt in unread:
        until(lambda: status(own, user, receipt)["reason"] == "lost", "the loss to be told")  # noqa: B023
    for _ in range(2):
        seen(own, user, sent(own, user, AFTER))
        asyncio.run(delete_topic(own.engines.kafka))
        asyncio.run(make_topic(own.engines.kafka))
    seen(own, user, sent(own, user, AFTER))
    until(lambda: ready(own), "the processor to be ready")


def test_what_expired_unread_is_counted_and_told(own: System, user: User) -> None:
    seen(own, user, sent(own, user, BEFORE))
    committed(own)
    own.stop("stream_processor")
    unread = sent(own, user, 7)
    asyncio.run(expire_all(own.engines.kafka))
    later = sent(own, user, AFTER)
    own.start("stream_processor")

    seen(own, user, later)
    assert metric(own, "ecg_processor_expired_events_total") == len(unread)
    for receipt in unread:
        told = status(own, user, receipt)
        assert (told["status"], told["reason"]) == ("rejected", "expired")
        for view in ("", "/insights"):
            path = receipt.replace("/insights?", f"{view}?")
            assert own.http.get(path, headers=user.headers).json()["status"] == "rejected"


def test_what_expires_under_a_running_processor_is_computed_or_told(own: System, user: User) -> None:
    """All of its log while it has nothing to do; and what it has read or not while Cassandra is away."""
    expired = metric(own, "ecg_processor_expired_events_total")
    seen(own, user, sent(own, user, BEFORE))
    committed(own)
    asyncio.run(expire_all(own.engines.kafka))
    seen(own, user, sent(own, user, AFTER))
    committed(own)
    assert metric(own, "ecg_processor_expired_events_total") == expired

    own.stop("cassandra")
    overtaken = sent(own, user, BEFORE)
    until(lambda: metric(own, "ecg_processor_partitions_waiting") > 0, "the processor to wait")
    asyncio.run(expire_all(own.engines.kafka))
    own.start("cassandra")
    seen(own, user, sent(own, user, AFTER))
    for receipt in overtaken:
        until(lambda: status(own, user, receipt)["status"] != "accepted", receipt)  # noqa: B023
    told = [status(own, user, receipt) for receipt in overtaken]
    lost = [one for one in told if one["status"] != "computed"]
    assert all((one["status"], one["reason"]) == ("rejected", "expired") for one in lost)
    assert metric(own, "ecg_processor_expired_events_total") == expired + len(lost)
    until(lambda: ready(own), "the processor to be ready")


def test_of_two_workers_with_one_name_the_later_does_not_start(own: System) -> None:
    twin = {
        **{name: value for name, value in os.environ.items() if not name.startswith("ECG_")},
        **own.engines.told(PROCESSOR),
        "ECG_PROCESSOR_INSTANCE_ID": "local-0",
        "ECG_PROCESSOR_PORT": str(any_free()),
    }
    done = subprocess.run(
        [sys.executable, "-m", "stream_processor"],
        cwd=REPOSITORY,
        env=twin,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == EXIT_TWIN
    (said,) = [line for line in done.stderr.splitlines() + done.stdout.splitlines() if "one name" in line]
    assert json.loads(said)["level"] == "ERROR"
    assert ready(own)


def sent(system: System, user: User, count: int) -> list[str]:
    """The addresses of so many new ECGs, each accepted; again where Kafka is away, as a client would."""

    def send(_: int) -> str:
        answers: list[httpx.Response] = []

        def accepted() -> bool:
            answers[:] = [
                system.http.post(
                    f"{system.ingest_url}/v1/ecgs",
                    json=ECG | {"id": f"ecg-{os.urandom(8).hex()}"},
                    headers=user.headers,
                )
            ]
            return answers[0].status_code == 202

        until(accepted, "an upload to be accepted")
        return answers[0].headers["location"]

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(send, range(count)))


def seen(system: System, user: User, receipts: list[str]) -> None:
    """Wait until each is computed."""
    for receipt in receipts:
        until(lambda: status(system, user, receipt)["status"] == "computed", receipt)  # noqa: B023


def status(system: System, user: User, receipt: str) -> dict[str, str]:
    """What its owner is told of an upload."""
    place = urlsplit(receipt)
    path = place.path.replace("/insights", "/status")
    answers: list[httpx.Response] = []

    def answered() -> bool:
        answers[:] = [system.http.get(f"{system.query_url}{path}?{place.query}", headers=user.headers)]
        return answers[0].status_code != 503

    until(answered, "an answer while Cassandra comes back")
    assert answers[0].status_code in (200, 202), answers[0].text
    told: dict[str, str] = answers[0].json()
    return told


def committed(system: System) -> None:
    """Wait until all that was finished is committed: it is, once a second."""
    until(lambda: metric(system, "ecg_processor_lag_events") == 0, "no lag")
    until(lambda: metric(system, "ecg_processor_progress_age_seconds") > 3, "a quiet processor")


def cut(system: System, kept: Kept) -> None:
    """Put back the log as it was kept."""
    system.stop("kafka")
    kept.put_back()
    system.start("kafka")


def ready(system: System) -> bool:
    """Whether the processor says that it can do its work."""
    return system.http.get(f"{system.processor_url}/readyz").status_code == 200


def metric(system: System, name: str) -> float:
    """A metric of the processor; 0 where it has none of the name."""
    text = system.http.get(f"{system.processor_url}/metrics").text
    return next((float(line.split()[-1]) for line in text.splitlines() if line.startswith(f"{name} ")), 0.0)
