"""The client and the `ecg` command against the real system."""

import base64
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydicom.data import get_testdata_file

from ecg_client import EcgClient, Lead, Recording, RetryPolicy, UnauthenticatedError
from harness.running import CHANGE_LIMIT_SECONDS, System, environment, until
from infra.paths import REPOSITORY

WAIT_SECONDS = 30
# One that is cut off, one that is told 503 because Kafka is away, and one after it.
ATTEMPTS = 3


def test_an_upload_is_tried_until_it_is_kept_and_is_one_ecg(system: System) -> None:
    user = system.new_user()
    retry = RetryPolicy(CHANGE_LIMIT_SECONDS, longest_pause_seconds=1)
    begun: list[int] = []

    def sent(count: int, total: int) -> None:
        if count == 0:
            begun.append(total)

    with EcgClient(system.ingest_url, system.query_url, token=user.token, retry=retry) as client:
        system.stop("kafka")
        try:
            with ThreadPoolExecutor(1) as pool:
                upload = pool.submit(
                    client.upload, {"leads": [{"name": "II", "signal": [1, -1, 1]}]}, sent=sent
                )
                until(lambda: len(begun) == 1, "the first attempt")
                system.kill("ingest_api")
                until(lambda: len(begun) >= ATTEMPTS, "another attempt")
                assert not upload.done()
                system.start("kafka")
                accepted = upload.result(CHANGE_LIMIT_SECONDS)
        finally:
            system.start("kafka")
            system.start("ingest_api")

        found = client.insights(accepted.id, wait_seconds=WAIT_SECONDS, receipt=accepted.receipt)
        assert [lead.value for lead in found.insights[0].leads] == [2]
        assert [ecg.id for ecg in client.ecgs()] == [accepted.id]
        assert client.status(accepted.id).conflicts == []


def test_the_command_does_a_users_whole_way(system: System, tmp_path: Path) -> None:
    account = system.admin
    base = environment(
        system.var,
        XDG_CONFIG_HOME=str(tmp_path),
        ECG_INGEST=system.ingest_url,
        ECG_QUERY=system.query_url,
    )

    def ecg(*arguments: str, **more: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "ecg_client", *arguments],
            cwd=REPOSITORY,
            env={**base, **more},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    ecg("login", ECG_EMAIL=account.email, ECG_PASSWORD=account.password)
    ann = json.loads(ecg("users", "add", f"ann-{tmp_path.name}@example.com", "--json"))
    assert ann["email"] in {user["email"] for user in json.loads(ecg("users", "--json"))}

    password = "four words of her own"
    ecg("redeem", ECG_INVITATION=ann["invitation"], ECG_PASSWORD=password)
    ecg("login", ECG_EMAIL=ann["email"], ECG_PASSWORD=password)
    file = str(get_testdata_file("waveform_ecg.dcm", download=False))
    shown = ecg("upload", file, "--wait", str(WAIT_SECONDS))
    assert "V6" in shown
    (listed,) = json.loads(ecg("insights", "--json"))
    assert (listed["status"], listed["leads"], listed["number_of_samples"]) == ("computed", 12, 120_000)
    assert shown.splitlines()[0] == f"{file}  accepted as {listed['id']}"


def test_processes_of_one_user_go_on_together(system: System, tmp_path: Path) -> None:
    """All find that the token is refused, one trades the refresh token, and nobody is signed out."""
    account = system.admin
    environ = environment(
        system.var,
        XDG_CONFIG_HOME=str(tmp_path),
        ECG_INGEST=system.ingest_url,
        ECG_QUERY=system.query_url,
        ECG_EMAIL=account.email,
        ECG_PASSWORD=account.password,
    )
    command = [sys.executable, "-m", "ecg_client"]
    subprocess.run([*command, "login"], cwd=REPOSITORY, env=environ, stdout=subprocess.DEVNULL, check=True)
    kept = tmp_path / "ecg" / "token.json"
    for _ in range(2):
        before = json.loads(kept.read_text())
        kept.write_text(json.dumps({**before, "token": "refused"}))
        asking = [
            subprocess.Popen([*command, "users"], cwd=REPOSITORY, env=environ, stdout=subprocess.DEVNULL)
            for _ in range(4)
        ]
        assert [one.wait() for one in asking] == [0] * 4
        after = json.loads(kept.read_text())
        assert number(after["refresh_token"]) == number(before["refresh_token"]) + 1
    subprocess.run([*command, "logout"], cwd=REPOSITORY, env=environ, stdout=subprocess.DEVNULL, check=True)
    with EcgClient(system.ingest_url, system.query_url, token=after["token"]) as client:
        with pytest.raises(UnauthenticatedError):
            client.me()
        with pytest.raises(UnauthenticatedError):
            client.refresh(after["refresh_token"])


def number(refresh_token: str) -> int:
    """The how manieth of its session it is."""
    return int.from_bytes(base64.urlsafe_b64decode(refresh_token)[32:36], "big")


def test_a_device_whose_clock_is_years_off_loses_nothing(system: System) -> None:
    user = system.new_user()
    dates = datetime(2099, 1, 1, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC)
    with EcgClient(system.ingest_url, system.query_url, token=user.token) as client:
        for date in dates:
            sent = client.upload(Recording(date=date, leads=[Lead(name="II", signal=[1, -1])]))
            found = client.insights(sent.id, wait_seconds=WAIT_SECONDS, receipt=sent.receipt)
            status = client.status(sent.id)
            assert (found.status, found.date, found.date_source) == ("computed", date, "doubtful")
            assert (status.date, status.date_source) == (date, "doubtful")
        assert [(item.date, item.date_source) for item in client.ecgs()] == [(at, "doubtful") for at in dates]
