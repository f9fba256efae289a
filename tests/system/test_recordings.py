"""Real recordings through the whole pipeline: posted as a device does, read as their owner does."""

import pytest

from harness.recordings import CINC_RECORDS, Recording, cinc, mitdb_100
from harness.running import System, leads_of


def answer_of(system: System, recording: Recording) -> list[tuple[str, int, int]]:
    """Post the recording and wait for its insight: name, length and value of every lead."""
    user = system.new_user()
    accepted = system.http.post(f"{system.ingest_url}/v1/ecgs", json=recording.upload(), headers=user.headers)
    assert accepted.status_code == 202, accepted.text
    answer = system.http.get(accepted.headers["location"], headers={**user.headers, "Prefer": "wait=20"})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["id"], body["status"]) == (recording.name, "computed")
    leads = leads_of(body)
    assert {lead["baseline"] for lead in leads} == {recording.baseline}
    assert not any(lead["warnings"] for lead in leads)
    return [(lead["name"], lead["number_of_samples"], lead["value"]) for lead in leads]


@pytest.mark.parametrize("name", CINC_RECORDS)
def test_a_12_lead_record_is_counted_as_by_hand(system: System, name: str) -> None:
    recording = cinc(name)
    assert len(recording.signals) == 12
    assert answer_of(system, recording) == recording.expected()


def test_thirty_minutes_in_segments_are_counted_as_one(system: System) -> None:
    recording = mitdb_100()
    assert [len(signal) for signal in recording.signals.values()] == [650_000, 650_000]
    # Unsigned values: without the baseline of 1024 there would be no crossing at all.
    assert all(min(signal) > 0 for signal in recording.signals.values())
    assert answer_of(system, recording) == recording.expected()
