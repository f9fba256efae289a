"""Missing samples, and 0 mV between two ADC values: the same by every way in, and told in every answer and event."""

import numpy as np
import pytest

from ecg_client import EcgClient, Lead, Recording
from ecg_client.recording import Signal
from ecg_client.results import Accepted
from harness.running import System, User, leads_of
from harness.topics import read_topic
from schemas.insights import MISSING_SAMPLES, POSSIBLE_MISSING_SAMPLES
from schemas.topics import INSIGHTS, UPLOADED
from schemas.uploaded import decode_uploaded

# Of each lead what is sent, its baseline, and how often it crosses that: -1 and 0 lie on either side of -0.5.
LEADS: dict[str, tuple[list[int | None], float, int]] = {
    "gaps": ([1, None, -1, None, None, 2], 0, 2),
    "between": ([-1, 0, None, -1, 0], -0.5, 3),
    "whole": ([2, 4, 2], 3.0, 2),
    "marked": ([5, -32768, 5], 0, 2),
}
WARNINGS = {"gaps": [MISSING_SAMPLES], "between": [MISSING_SAMPLES], "marked": [POSSIBLE_MISSING_SAMPLES]}
# As many as make a lead of two segments.
MANY = 400_000


def as_json() -> dict[str, object]:
    return {
        "leads": [{"name": name, "signal": lead, "baseline": base} for name, (lead, base, _) in LEADS.items()]
    }


def recording(*, masked: bool) -> Recording:
    def signal(samples: list[int | None]) -> Signal:
        if not masked:
            return samples
        return np.ma.masked_array([one or 0 for one in samples], [one is None for one in samples])

    return Recording(
        leads=[Lead(name=name, signal=signal(lead), baseline=base) for name, (lead, base, _) in LEADS.items()]
    )


def answer(system: System, user: User, accepted: Accepted) -> dict[str, object]:
    found = system.http.get(accepted.location, headers={**user.headers, "Prefer": "wait=20"})
    assert found.status_code == 200, found.text
    return dict(found.json())


@pytest.fixture(scope="module")
def user(system: System) -> User:
    return system.new_user()


def test_every_way_in_has_one_hash_and_the_same_answer(system: System, user: User) -> None:
    posted = system.http.post(f"{system.ingest_url}/v1/ecgs", json=as_json(), headers=user.headers)
    assert posted.status_code == 202, posted.text
    with EcgClient(system.ingest_url, system.query_url, token=user.token) as client:
        sent = [client.upload(recording(masked=masked)) for masked in (False, True)]
        assert {one.content_hash for one in sent} == {posted.json()["content_hash"]}
        found = answer(system, user, sent[0])
    for lead in leads_of(found):
        samples, baseline, crossings = LEADS[lead["name"]]
        missing = samples.count(None)
        assert (lead["value"], lead["number_of_samples"]) == (crossings, len(samples))
        assert (lead.get("missing", 0), lead["warnings"]) == (missing, WARNINGS.get(lead["name"], []))
        assert (lead["baseline"], type(lead["baseline"])) == (baseline, float if baseline == -0.5 else int)


def test_events_have_nulls_and_their_insight_says_how_many(system: System, user: User) -> None:
    of_user = str(user.id).encode()
    uploads = read_topic(system.engines.kafka, UPLOADED.name, lambda record: record.key.startswith(of_user))
    for record in uploads:
        leads = {lead.name: lead for lead in decode_uploaded(record.value, record.headers).leads}
        for name, (samples, _, _) in LEADS.items():
            missing = leads[name].missing
            found = [False] * len(samples) if missing is None else list(missing)
            assert found == [one is None for one in samples]
    insights = read_topic(system.engines.kafka, INSIGHTS.name, lambda record: record.key.startswith(of_user))
    assert uploads
    assert insights
    assert all(b'"missing":3' in record.value for record in insights)


def test_gaps_over_segments_are_counted_as_one(system: System) -> None:
    user = system.new_user()
    samples = [(-1) ** number for number in range(MANY)]
    gapped: list[int | None] = [None if number % 1_000 == 1 else one for number, one in enumerate(samples)]
    upload = {"leads": [{"name": "I", "signal": gapped}, {"name": "II", "signal": samples}]}
    posted = system.http.post(f"{system.ingest_url}/v1/ecgs", json=upload, headers=user.headers)
    assert posted.status_code == 202, posted.text
    found = system.http.get(posted.headers["location"], headers={**user.headers, "Prefer": "wait=20"})
    gaps, whole = leads_of(found.json())
    assert whole["value"] == MANY - 1
    # Between the two neighbours of one that is missing there is no crossing any more, where there were two.
    assert (gaps["missing"], gaps["value"]) == (MANY // 1_000, MANY - 1 - 2 * (MANY // 1_000))
