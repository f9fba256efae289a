"""Instants of accepted uploads, and what their senders are told."""

import asyncio
import gzip
from itertools import pairwise
from random import Random
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import msgspec
import psutil
import pyarrow as pa
import pytest
import uvloop
from hypothesis import given
from hypothesis import strategies as st

from formats.decoders import JSON
from ingest_api.acceptance import Accepted, Acceptor, increasing
from ingest_api.accepted import UploadAnswer, upload_answer
from ingest_api.clock_offset import Clock
from ingest_api.preparing import Order
from ingest_api.settings import Settings
from ingest_api.workers.pool import Workers
from schemas.problems import Problem
from schemas.receipts import Receipt, decode_receipt
from schemas.topics import UPLOADED
from service_kit.callers.admission import Admission
from service_kit.engines.kafka.publisher import Publisher
from service_kit.engines.kafka.topic_ids import TopicId
from tests.unit.formats.limits import LIMITS

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
        Accepted("a.b:c", DIGEST, 1_767_319_445_000_001, receipt, 9), "http://q.example"
    )
    answer = msgspec.json.decode(body, type=UploadAnswer)
    assert answer.accepted_at == "2026-01-02T02:04:05.000001Z"
    assert answer.links.self == "http://q.example/v1/ecgs/a.b:c"
    assert location.startswith(answer.links.insights + "?")
    assert decode_receipt(parse_qs(urlsplit(location).query)["receipt"][0]) == receipt
    assert b"conflict" not in body


def test_the_answer_names_the_content_that_came_before() -> None:
    accepted = Accepted("ecg-17", DIGEST, 0, Receipt("A" * 22, 7, 42, DIGEST), 9, first="0" * 64)
    body, _ = upload_answer(accepted, "http://q.example")
    told = msgspec.json.decode(body)
    assert (told["status"], told["conflict"]) == ("accepted", {"content_hash": "0" * 64})


MAX_BYTES = 33_554_432
# As little of it is noise as may be.
BOMB = b'{"id":"' + Random(7).randbytes(150_000).hex().encode() + rb"\"" * 10_000_000 + b'"}'


def acceptor(workers: Workers) -> Acceptor:
    """One that gets as far as Kafka, which is not there."""
    settings = Settings()
    publisher, topic_id = Publisher(settings, timeout_seconds=1), TopicId(settings, UPLOADED.name)
    return Acceptor(publisher, topic_id, Clock(60), workers, LIMITS, max_bytes=MAX_BYTES, publish_seconds=1)


def answered(body: bytes, encoding: str, *, free_bytes: int) -> tuple[Problem, int, int]:
    """The problem with a body where so many bytes are free, the workers that it took, and the bytes it held last."""

    async def play() -> tuple[Problem, int, int]:
        before = set(psutil.Process().children())
        workers = Workers(LIMITS, max_bytes=MAX_BYTES, count=1)
        admission = Admission(max_requests=8, max_bytes=free_bytes)
        order = Order(JSON, encoding, UUID(int=1), None, "00-1-2-01")
        with admission.place(order.owner_id) as place:
            accepting = acceptor(workers).accept([body[:100], body[100:]], order, place)
            with pytest.raises(Problem) as refused:
                await accepting
            held = place.held
        count = len(set(psutil.Process().children()) - before)
        await workers.close()
        return refused.value, count, held

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(play())


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_what_a_body_may_become_is_held_before_it_is_unpacked(encoding: str) -> None:
    packed = gzip.compress(BOMB) if encoding == "gzip" else pa.compress(BOMB, codec="zstd", asbytes=True)
    problem, workers, _ = answered(packed, encoding, free_bytes=len(BOMB) - 1)
    assert (problem.status, problem.retry_after, workers) == (503, 1, 0)
    problem, workers, held = answered(packed, encoding, free_bytes=len(BOMB))
    assert (problem.status, workers, held) == (422, 1, len(BOMB))


@pytest.mark.parametrize(
    ("body", "workers"),
    [
        (b'{"leads":[{"name":"I","signal":[1.5]}]}', 0),
        (b'{"leads":[{"name":"I","signal":[' + b"1.5," * 10_000 + b"1]}]}", 1),
        (b'{"leads":[{"name":"I","signal":[' + b"1," * 500_000 + b"1.5]}]}", 1),
    ],
)
def test_what_would_take_long_to_explain_is_explained_beside(body: bytes, workers: int) -> None:
    problem, count, _ = answered(body, "identity", free_bytes=MAX_BYTES)
    assert (problem.status, count) == (422, workers)
