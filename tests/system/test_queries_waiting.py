"""Waiting for an answer: woken by its event, at the latest at the end of the time asked for."""

import json
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from harness.querying import HASH_A, NOON, Query, Rows, serving
from harness.running import Engines, User, until
from harness.topics import topic_id_of
from schemas.receipts import Receipt, encode_receipt
from schemas.topics import UPLOADED

WOKEN = 'ecg_query_waits_total{outcome="woken"}'
# More than a busy machine takes, and less than the wait that is asked for.
BEFORE_ITS_END_SECONDS = 20.0


def waiting(query: Query) -> bool:
    return "\necg_query_waiting 1.0" in query.get("/metrics").text


def woken(query: Query) -> float:
    """How many waits have ended by an event, and not by reading."""
    told = query.get("/metrics").text
    return sum(float(line.split()[1]) for line in told.splitlines() if line.startswith(WOKEN))


def test_whoever_waits_is_woken_by_the_event(query: Query, user: User, rows: Rows) -> None:
    def answered(ecg_id: str) -> httpx.Response:
        return query.get(f"/v1/ecgs/{ecg_id}/insights", user, Prefer="wait=10")

    before = woken(query)
    with ThreadPoolExecutor(1) as pool:
        for ecg_id in ("a", "b", "c", "d", "e"):
            ended = pool.submit(answered, ecg_id)
            until(lambda: waiting(query), "the request to wait")
            # By then it reads every half second, so that the event is what makes the answer quick.
            time.sleep(1.2)
            rows.announce(ecg_id, rows.computed(ecg_id))
            answer = ended.result()
            assert answer.status_code == 200
            assert answer.headers["preference-applied"] == "wait=10"

    # One that is just being read when its event comes is found by that.
    assert woken(query) - before >= 3


def test_whoever_waits_hears_of_a_rejection_without_an_event(query: Query, user: User, rows: Rows) -> None:
    timer = threading.Timer(0.5, lambda: rows.rejected("broken", "why"))
    timer.start()
    started = time.monotonic()
    answer = query.get("/v1/ecgs/broken/status", user, Prefer="wait=25")
    timer.join()

    assert answer.json()["status"] == "rejected"
    assert time.monotonic() - started < BEFORE_ITS_END_SECONDS


def test_whoever_waits_hears_that_there_will_be_no_answer(query: Query, user: User, rows: Rows) -> None:
    topic_id = "a-topic-that-is-passed"
    rows.insert("progress", topic_id=topic_id, partition=0, next_offset=6, updated_at=NOON)
    answer = query.get(
        f"/v1/ecgs/none/status?receipt={encode_receipt(Receipt(topic_id, 0, 5, HASH_A))}",
        user,
        Prefer="wait=10",
    )

    assert (answer.json()["status"], answer.json()["reason"]) == ("rejected", "lost")


def test_waiting_in_vain_ends_in_time(query: Query, engines: Engines, user: User) -> None:
    to_come = Receipt(topic_id_of(engines.kafka, UPLOADED.name), 0, 10**9, HASH_A)
    started = time.monotonic()
    answer = query.get("/v1/ecgs/none", user, Prefer="wait=1")
    pending = query.get(f"/v1/ecgs/none?receipt={encode_receipt(to_come)}", user, Prefer="wait=1")

    assert answer.status_code == 404
    assert pending.status_code == 202
    assert answer.headers["preference-applied"] == pending.headers["preference-applied"] == "wait=1"
    assert answer.content == query.get("/v1/ecgs/none", user).content
    assert 2 <= time.monotonic() - started < BEFORE_ITS_END_SECONDS


def test_told_to_stop_it_answers_those_who_wait(engines: Engines, tmp_path: Path) -> None:
    with serving(engines, tmp_path) as own, ThreadPoolExecutor(1) as pool:
        user = own.new_user()
        ended = pool.submit(own.get, "/v1/ecgs/none", user, Prefer="wait=25")
        until(lambda: waiting(own), "the request to wait")
        started = time.monotonic()
        own.process.terminate()
        assert ended.result().status_code == 404
        # By itself, and not by the supervisor's patience: uvicorn ends by the signal it was given.
        assert own.process.wait(10) == -signal.SIGTERM
        assert time.monotonic() - started < BEFORE_ITS_END_SECONDS
        levels = [json.loads(line)["level"] for line in own.log.read_text().splitlines()]
        assert "ERROR" not in levels


def test_beyond_so_many_nobody_waits(engines: Engines, tmp_path: Path) -> None:
    with serving(engines, tmp_path, ECG_WAITERS="0") as own:
        started = time.monotonic()
        answer = own.get("/v1/ecgs/none", own.new_user(), Prefer="wait=25")

    assert answer.status_code == 404
    assert "preference-applied" not in answer.headers
    assert time.monotonic() - started < BEFORE_ITS_END_SECONDS
