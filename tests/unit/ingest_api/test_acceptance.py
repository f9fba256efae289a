"""Instants of accepted uploads, and what their senders are told."""

from itertools import pairwise
from urllib.parse import parse_qs, urlsplit

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from ingest_api.acceptance import Accepted, increasing
from ingest_api.answers import UploadAnswer, upload_answer
from schemas.receipts import Receipt, decode_receipt

DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


@given(st.lists(st.integers(0, 10), min_size=1))
def test_instants_of_acceptance_only_grow(clock: list[int]) -> None:
    readings = iter(clock)
    now = increasing(lambda: next(readings))
    given_out = [now() for _ in clock]
    assert all(before < after for before, after in pairwise(given_out))
    assert all(instant >= reading for instant, reading in zip(given_out, clock, strict=True))


def test_the_answer_leads_to_the_insights_with_a_receipt() -> None:
    receipt = Receipt("AAAAAAAAAAAAAAAAAAAAAQ", 7, 42, DIGEST)
    body, location = upload_answer(
        Accepted("a.b:c", DIGEST, 1_767_319_445_000_001, receipt), "http://q.example"
    )
    answer = msgspec.json.decode(body, type=UploadAnswer)
    assert answer.accepted_at == "2026-01-02T02:04:05.000001Z"
    assert answer.links.self == "http://q.example/v1/ecgs/a.b:c"
    assert location.startswith(answer.links.insights + "?")
    assert decode_receipt(parse_qs(urlsplit(location).query)["receipt"][0]) == receipt
    assert b"conflict" not in body


def test_the_answer_names_the_content_that_came_before() -> None:
    accepted = Accepted("ecg-17", DIGEST, 0, Receipt("A" * 22, 7, 42, DIGEST), first="0" * 64)
    body, _ = upload_answer(accepted, "http://q.example")
    told = msgspec.json.decode(body)
    assert (told["status"], told["conflict"]) == ("accepted", {"content_hash": "0" * 64})
