"""Metrics at an address of their own: there and nowhere else. No engine is needed for that."""

from pathlib import Path

from harness.ingesting import Signer, ingesting
from harness.running import until
from infra.local.ports import any_free

NOWHERE = "127.0.0.1:1"


def test_metrics_are_at_their_own_address_and_not_beside_the_routes(tmp_path: Path) -> None:
    address = f"127.0.0.1:{any_free()}"
    with ingesting(NOWHERE, Signer(), tmp_path / "log", ECG_METRICS_ADDRESS=address) as ingest:
        until(ingest.alive, "the ingest API")
        told = ingest.http.get(f"http://{address}/metrics")
        assert told.headers["content-type"].startswith("text/plain")
        assert 'ecg_http_requests_total{method="GET",route="/healthz",status="200"}' in told.text
        beside = ingest.http.get(f"{ingest.url}/metrics")
        assert (beside.status_code, beside.json()["type"]) == (404, "urn:ecg:problem:not-found")
        assert ingest.http.get(f"{ingest.url}/readyz").status_code == 503


def test_an_address_that_is_taken_is_said(tmp_path: Path) -> None:
    address, log = f"127.0.0.1:{any_free()}", tmp_path / "log"
    with ingesting(NOWHERE, Signer(), tmp_path / "first", ECG_METRICS_ADDRESS=address) as first:
        until(first.alive, "the ingest API")
        with ingesting(NOWHERE, Signer(), log, ECG_METRICS_ADDRESS=address) as second:
            assert second.process.wait(60) == 2
    assert "ingest_api cannot start: ECG_METRICS_ADDRESS: Address already in use." in log.read_text()
