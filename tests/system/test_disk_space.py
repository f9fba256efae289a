"""Kafka's disk fills up: uploads are refused while there is still room, and the broker lives."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from faults import disks
from harness.brokers import OwnKafka, own_kafka
from harness.ingesting import Ingest, Signer, ingesting, until_ready
from harness.running import until

ECG = {"leads": [{"name": "I", "signal": [1, -1]}]}
DISK_MEBIBYTES, LEAST_MEBIBYTES = 600, 100

pytestmark = pytest.mark.skipif(
    disks.why_not() is not None, reason="no disk of a fixed size can be made here"
)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with disks.small(tmp_path / "disk", DISK_MEBIBYTES):
        yield tmp_path / "disk"


@pytest.fixture
def broker(disk: Path) -> Iterator[OwnKafka]:
    with own_kafka(disk) as kafka:
        yield kafka


def free_bytes(ingest: Ingest) -> float:
    name = "ecg_ingest_kafka_disk_free_bytes "
    told = ingest.http.get(f"{ingest.url}/metrics").text
    return next(float(line.removeprefix(name)) for line in told.splitlines() if line.startswith(name))


def checks(ingest: Ingest) -> dict[str, str]:
    found: dict[str, str] = ingest.http.get(f"{ingest.url}/readyz").json()["checks"]
    return found


def test_uploads_are_refused_before_kafkas_disk_is_full_and_taken_when_there_is_room(
    broker: OwnKafka, disk: Path, tmp_path: Path
) -> None:
    signer, log = Signer(), tmp_path / "ingest.log"
    signer.announce(broker.address)
    least = LEAST_MEBIBYTES * disks.MIB
    with ingesting(broker.address, signer, log, ECG_INGEST_DISK_FREE_BYTES=str(least)) as ingest:
        until_ready(ingest)
        until(lambda: free_bytes(ingest) > least, "the disk to be looked at")
        assert ingest.post(ECG).status_code == 202

        disks.fill(disk, leave_bytes=least // 2)
        until(lambda: checks(ingest)["disk"] != "ok", "the disk to be found full")
        refused = ingest.post(ECG)
        assert (refused.status_code, refused.json()["type"]) == (503, "urn:ecg:problem:unavailable")
        assert int(refused.headers["retry-after"]) >= 1
        assert free_bytes(ingest) <= least
        assert checks(ingest)["kafka"] == "ok"
        assert "a disk of kafka's is nearly full" in log.read_text()

        disks.empty(disk)
        until(lambda: ingest.post(ECG).status_code == 202, "an upload to be taken again")
        until_ready(ingest)


def test_who_does_not_ask_takes_uploads_as_before(broker: OwnKafka, tmp_path: Path) -> None:
    signer, log = Signer(), tmp_path / "ingest.log"
    signer.announce(broker.address)
    with ingesting(broker.address, signer, log, ECG_INGEST_DISK_FREE_BYTES="0") as ingest:
        until_ready(ingest)
        assert ingest.post(ECG).status_code == 202
        assert free_bytes(ingest) != free_bytes(ingest)
