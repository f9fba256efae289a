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
