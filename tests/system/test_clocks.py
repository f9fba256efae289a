"""Ingest hosts whose clocks are wrong take uploads all the same, and say by how much they are wrong."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.clocks import Clock
from harness.ingesting import Ingest, Signer, ingesting, until_ready
from harness.running import Engines, until

ECG = {"leads": [{"name": "I", "signal": [1, -1, 1]}]}
OFF_SECONDS = 1200
# Between the true difference and what is certain lies what a busy machine takes to send.
SLACK_SECONDS = 30
# A token that holds by the clocks of all: given half an hour ago, for an hour.
GIVEN_AGO_SECONDS, LIFE_SECONDS = 1800, 3600


@pytest.fixture
def signer(engines: Engines) -> Signer:
    signer = Signer(engines.keys)
    signer.announce(engines.kafka)
    return signer


@contextmanager
def off_by(seconds: int, engines: Engines, signer: Signer, folder: Path) -> Iterator[tuple[Ingest, Clock]]:
    clock = Clock(folder / "clock")
    clock.set(seconds)
    command = clock.command("ingest_api")
    with ingesting(engines.kafka, signer, folder / "ingest.log", command) as running:
        until_ready(running)
        yield running, clock


def difference(ingest: Ingest) -> float:
    told = ingest.http.get(f"{ingest.url}/metrics").text
    (line,) = re.findall(r"^ecg_ingest_clock_difference_seconds (\S+)$", told, re.MULTILINE)
    return float(line)


@pytest.mark.parametrize("seconds", [OFF_SECONDS, -OFF_SECONDS])
def test_a_host_whose_clock_is_wrong_takes_uploads_and_says_so(
    seconds: int, engines: Engines, signer: Signer, tmp_path: Path
) -> None:
    with off_by(seconds, engines, signer, tmp_path) as (ingest, clock):
        good = signer.token(ago=GIVEN_AGO_SECONDS, life=LIFE_SECONDS)
        assert ingest.post(ECG, token=good).status_code == 202
        assert difference(ingest) == pytest.approx(seconds, abs=SLACK_SECONDS)
        told = ingest.http.get(f"{ingest.url}/readyz")
        assert (told.status_code, told.json()["checks"]["clock"]) == (503, "away")
        assert "s ahead of kafka" in told.text or "s behind kafka" in told.text
        assert ingest.post(ECG, token=good).status_code == 202
        clock.set(0)
        until(ingest.ready, "the clock that was put right")
        assert difference(ingest) == pytest.approx(0, abs=SLACK_SECONDS)
    said = (tmp_path / "ingest.log").read_text()
    assert '"level":"ERROR"' in said
    assert "this host's clock and kafka's differ" in said
    assert good not in said


def test_a_fresh_token_at_a_host_that_is_behind_is_refused_with_the_reason(
    engines: Engines, signer: Signer, tmp_path: Path
) -> None:
    with off_by(-90, engines, signer, tmp_path) as (ingest, clock):
        fresh = signer.token()
        refused = ingest.post(ECG, token=fresh)
        assert refused.status_code == 401
        assert re.search(r"the clock that gave it is \d+ s ahead of the one here", refused.json()["detail"])
        clock.set(-50)
        until(lambda: ingest.post(ECG, token=fresh).status_code == 202, "a clock less than a minute off", 10)
    said = (tmp_path / "ingest.log").read_text()
    assert "a token was refused because of time" in said
    assert fresh not in said
