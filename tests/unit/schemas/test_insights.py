"""An insight event comes back as it went, and counting again writes the very same event."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.cloudevents import UndecodableEventError
from schemas.insights import InsightResult, LeadResult, decode_insight, encode_insight
from schemas.times import parse_rfc3339
from schemas.uploaded import Provenance
from tests.unit.schemas.strategies import TEXT, provenances, sample_provenance

_INT64 = st.integers(-(2**63), 2**63 - 1)
_LEAD_RESULTS = st.builds(
    LeadResult,
    name=TEXT,
    number_of_samples=st.integers(0, 2**63 - 1),
    baseline=_INT64,
    value=_INT64,
    warnings=st.lists(TEXT, max_size=2),
)
RESULTS = st.builds(
    InsightResult, name=TEXT, version=st.integers(1, 2**31), leads=st.lists(_LEAD_RESULTS, max_size=4)
)
RESULT = InsightResult("zero_crossings", 1, [LeadResult("I", 5_000, 0, 42, [])])


@given(provenances(), RESULTS)
def test_an_insight_comes_back_as_it_went(origin: Provenance, result: InsightResult) -> None:
    event = decode_insight(encode_insight(origin, result).value or b"")
    assert event.insight == result
    assert (event.owner_id, event.ecg_id, event.content_hash) == (
        origin.owner_id,
        origin.ecg_id,
        origin.content_hash,
    )
    assert parse_rfc3339(event.accepted_at) == origin.accepted_at
    assert parse_rfc3339(event.date) == origin.date
    assert event.sampling_frequency == origin.sampling_frequency


def test_counting_again_writes_the_same_event() -> None:
    assert encode_insight(sample_provenance(), RESULT) == encode_insight(sample_provenance(), RESULT)


@pytest.mark.parametrize(
    ("origin", "result"),
    [
        (sample_provenance(content_hash="cd" * 32), RESULT),
        (sample_provenance(ecg_id="ecg-18"), RESULT),
        (sample_provenance(), InsightResult("zero_crossings", 2, [])),
        (sample_provenance(), InsightResult("mean", 1, [])),
    ],
    ids=["another content", "another ECG", "another version", "another insight"],
)
def test_another_answer_is_another_event(origin: Provenance, result: InsightResult) -> None:
    one, other = encode_insight(sample_provenance(), RESULT), encode_insight(origin, result)
    assert one.key != other.key
    assert dict(one.headers)["ce_id"] != dict(other.headers)["ce_id"]


def document() -> dict[str, object]:
    said: dict[str, object] = json.loads(encode_insight(sample_provenance(), RESULT).value or b"")
    return said


def test_what_is_not_known_is_not_said() -> None:
    assert "sampling_frequency" not in document()


@pytest.mark.parametrize(
    "change",
    [{"ecg_id": None}, {"owner_id": "me"}, {"date_source": "guess"}, {"more": 1}, {"insight": {"name": "x"}}],
)
def test_other_documents_are_undecodable(change: dict[str, object]) -> None:
    with pytest.raises(UndecodableEventError):
        decode_insight(json.dumps(document() | change).encode())


@pytest.mark.parametrize(
    "value", [b'{"owner_id": "\xff"}', b'{"\xff": 1}', b'{"insight": {"leads": ' + b"[" * 100_000]
)
def test_what_no_reader_can_read_is_undecodable(value: bytes) -> None:
    with pytest.raises(UndecodableEventError):
        decode_insight(value)
