"""Ids and events of uploads."""

from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.rules import date_source
from ingest_api.preparing import choose_id, encode
from schemas import segments
from schemas.content_hash import content_hash
from schemas.ecg import Ecg, Lead
from schemas.ids import is_ecg_id
from schemas.problems import InvalidError
from schemas.times import parse_rfc3339
from schemas.topics import MAX_EVENT_BYTES
from schemas.uploaded import Provenance, decode_uploaded

OWNER, OTHER = UUID(int=1), UUID(int=2)
DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


def test_the_id_that_was_given_decides() -> None:
    assert choose_id("ecg-17", "key", OWNER, DIGEST) == "ecg-17"


def test_a_key_names_the_ecg_of_its_owner() -> None:
    bare = choose_id(None, "upload 1", OWNER, DIGEST)
    assert (
        bare == choose_id(None, '"upload 1"', OWNER, "0" * 64) == choose_id(None, " upload 1 ", OWNER, DIGEST)
    )
    assert bare != choose_id(None, "upload 1", OTHER, DIGEST)
    assert bare != choose_id(None, "upload 2", OWNER, DIGEST)
    assert choose_id(None, r'"a\"b\\"', OWNER, DIGEST) == choose_id(None, r'a"b' + "\\", OWNER, DIGEST)


def test_without_either_the_content_names_the_ecg() -> None:
    assert (
        choose_id(None, None, OWNER, DIGEST)
        == choose_id(None, None, OTHER, DIGEST)
        == f"blake3-{DIGEST[:32]}"
    )


@pytest.mark.parametrize("key", ["", " ", '""', "k" * 256, "a\tb", "caf\xe9", "a\x00", "a\nb"])
def test_what_is_not_a_key_is_a_broken_rule(key: str) -> None:
    for given_id in (None, "ecg-17"):
        with pytest.raises(InvalidError) as refused:
            choose_id(given_id, key, OWNER, DIGEST)
        assert [error.parameter for error in refused.value.errors] == ["Idempotency-Key"]


@given(
    st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=255).filter(str.strip)
)
def test_every_chosen_id_keeps_the_grammar(key: str) -> None:
    assert is_ecg_id(choose_id(None, key, OWNER, DIGEST))


@pytest.mark.parametrize(
    ("date", "source"),
    [
        (None, "server"),
        ("2026-11-23T08:30:00Z", "client"),
        ("1900-01-01T00:00:00Z", "client"),
        ("2026-11-24T08:30:00Z", "client"),
        ("2026-11-24T08:30:00.000001Z", "doubtful"),
        ("2099-01-01T00:00:00Z", "doubtful"),
        ("1899-12-30T00:00:00Z", "doubtful"),
        ("0001-01-01T00:00:00Z", "doubtful"),
    ],
)
def test_a_date_that_no_ecg_can_have_is_taken_and_doubted(date: str | None, source: str) -> None:
    accepted_at = parse_rfc3339("2026-11-23T08:30:00Z")
    assert date_source(None if date is None else parse_rfc3339(date), accepted_at) == source


@pytest.mark.parametrize("lengths", [[0], [5000] * 12, [650_000, 650_000], [1_500_000, 10, 0]])
def test_the_events_of_an_upload_hold_all_of_it_within_the_limit(lengths: list[int]) -> None:
    leads = tuple(
        Lead(f"lead {index}", np.arange(length, dtype=np.int32).astype(np.int16), 200.0, 1024, "mV")
        for index, length in enumerate(lengths)
    )
    ecg = Ecg(leads)
    digest = content_hash(ecg)
    origin = Provenance(OWNER, "ecg-17", digest, 1_700_000_000_000_000, 0, "client", ecg.number_of_samples)

    records = list(encode(segments.split(ecg), origin))

    found = [decode_uploaded(record.value, record.headers) for record in records]
    assert all(record.key == f"{OWNER}/ecg-17".encode() for record in records)
    assert [event.provenance.segment for event in found] == list(range(len(records)))
    assert {event.provenance.segments for event in found} == {len(records)}
    joined = tuple(
        Lead(
            lead.name,
            np.concatenate([event.leads[index].signal for event in found]),
            lead.adc_gain,
            lead.baseline,
            lead.units,
        )
        for index, lead in enumerate(leads)
    )
    assert content_hash(Ecg(joined)) == digest
    for record in records:
        assert record.key is not None
        assert record.value is not None
        framing = sum(len(name) + len(value) for name, value in record.headers) + len(record.key)
        assert len(record.value) + framing < MAX_EVENT_BYTES
