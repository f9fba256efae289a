"""Who asks too fast is told to wait, by both APIs, and others are not."""

import time
from pathlib import Path
from uuid import uuid4

from harness.ingesting import Signer, ingesting, until_ready
from harness.querying import serving
from harness.running import Engines

ECG = {"leads": [{"name": "I", "signal": [1, -1]}]}
PER_SECOND = 0.5
BURST = 5


def test_uploads_of_one_user_are_held_to_the_rate(engines: Engines, tmp_path: Path) -> None:
    signer = Signer(engines.keys)
    signer.announce(engines.kafka)
    log = tmp_path / "ingest.log"
    with ingesting(engines.kafka, signer, log, ECG_REQUESTS_PER_SECOND=str(PER_SECOND)) as ingest:
        until_ready(ingest)
        token = signer.token(user_id=uuid4())
        answers = [ingest.post(ECG, token=token) for _ in range(BURST + 5)]
        refused = answers[-1]
        assert {answer.status_code for answer in answers[:BURST]} == {202}
        assert refused.status_code == 429
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.json()["type"] == "urn:ecg:problem:too-many-requests"
        assert refused.headers["ratelimit"].startswith('"user";r=0;')
        assert ingest.post(ECG).status_code == 202
        time.sleep(int(refused.headers["retry-after"]))
        assert ingest.post(ECG, token=token).status_code == 202


def test_questions_of_one_user_are_held_to_the_rate(engines: Engines, tmp_path: Path) -> None:
    with serving(engines, tmp_path, ECG_REQUESTS_PER_SECOND=str(PER_SECOND)) as query:
        user, other = query.new_user(), query.new_user()
        statuses = [query.get("/v1/ecgs", user).status_code for _ in range(BURST + 5)]
        assert statuses[0] == 200
        assert statuses[-1] == 429
        assert query.get("/v1/ecgs", other).status_code == 200
        assert query.get("/healthz").status_code == 200


def test_who_has_sent_a_days_bytes_is_told_when_to_go_on(engines: Engines, tmp_path: Path) -> None:
    signer = Signer(engines.keys)
    signer.announce(engines.kafka)
    with ingesting(engines.kafka, signer, tmp_path / "ingest.log", ECG_INGEST_BYTES_PER_DAY="3000") as ingest:
        until_ready(ingest)
        token = signer.token(user_id=uuid4())
        answers = [ingest.post(ECG, token=token) for _ in range(10)]
        taken = [answer.status_code for answer in answers].count(202)
        assert 1 < taken < 10
        assert {answer.status_code for answer in answers[taken:]} == {429}
        refused = answers[-1]
        assert refused.json()["type"] == "urn:ecg:problem:too-many-requests"
        assert "in a day" in refused.json()["detail"]
        # At most what one upload is over, of 3,000 bytes in a day.
        assert 0 < int(refused.headers["retry-after"]) < 86_400
        assert ingest.post(ECG).status_code == 202
        assert f"ecg_ingest_over_quota_total {10.0 - taken}" in ingest.http.get(f"{ingest.url}/metrics").text
