"""Reading one's own ECGs on real engines, with the rows and events that the stream processor leaves."""

import json
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from cassandra.cluster import Cluster

from schemas.receipts import Receipt, encode_receipt
from schemas.times import format_rfc3339, parse_rfc3339
from tests.system.querying import HASH_A, HASH_B, NOON, Query, Rows, cassandra, serving, to_plain
from tests.system.running import Engines, User, until

TOPIC_ID = "a-cluster-of-the-tests/ecg.uploaded.v1"
DAY = 24 * 60 * 60 * 1_000_000
# From the event to the answer. A few milliseconds on an idle machine; reading alone takes half a second.
WOKEN_WITHIN_SECONDS = 0.15


@pytest.fixture(scope="module")
def query(engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Query]:
    with serving(
        engines, tmp_path_factory.mktemp("query"), ECG_CORS_ORIGINS="https://app.example"
    ) as running:
        yield running


@pytest.fixture(scope="module")
def cluster(engines: Engines) -> Iterator[Cluster]:
    with cassandra(engines) as opened:
        yield opened


@pytest.fixture
def user(query: Query) -> User:
    return query.new_user()


@pytest.fixture
def rows(cluster: Cluster, engines: Engines, user: User) -> Rows:
    return Rows(cluster, engines, user)


def test_the_insights_read_as_the_design_has_it(query: Query, user: User, rows: Rows) -> None:
    result = rows.computed("ecg-17")
    answer = query.get("/v1/ecgs/ecg-17/insights", user)

    assert answer.status_code == 200
    assert answer.json() == {
        "id": "ecg-17",
        "date": "2026-11-23T12:00:00Z",
        "accepted_at": "2026-11-23T12:00:00Z",
        "status": "computed",
        "insights": [to_plain(result)],
    }


def test_all_that_is_kept_of_an_ecg(query: Query, user: User, rows: Rows) -> None:
    result = rows.computed("ecg-17")
    ecg = query.get("/v1/ecgs/ecg-17", user).json()
    status = query.get("/v1/ecgs/ecg-17/status", user).json()

    assert ecg["insights"] == [to_plain(result)]
    assert ecg["content_hash"] == status["content_hash"] == HASH_A
    assert (ecg["date_source"], ecg["sampling_frequency"]) == ("client", 500.0)
    for path in ecg["links"].values():
        assert query.get(path, user).status_code == 200
    assert "insights" not in status


def test_somebody_elses_ecg_is_none_to_the_byte(query: Query, user: User, rows: Rows) -> None:
    rows.computed("mine")
    rows.listed("mine", NOON)
    other = query.new_user()

    for view in ("", "/insights", "/status"):
        theirs = query.get(f"/v1/ecgs/mine{view}", other, X_Request_ID="same")
        none = query.get(f"/v1/ecgs/none{view}", other, X_Request_ID="same")
        assert theirs.status_code == none.status_code == 404
        assert theirs.content == none.content
        assert without_date(theirs) == without_date(none)
        assert query.get(f"/v1/ecgs/mine{view}", user).status_code == 200
    assert query.get("/v1/ecgs", other).json() == {"items": [], "next": None}
    assert len(query.get("/v1/ecgs", user).json()["items"]) == 1


def without_date(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name != "date"}


@pytest.mark.parametrize("ecg_id", ["..", "a b", "%00", "x" * 129, "é", "a%2Fb", "-x"])
def test_what_is_no_id_is_not_found(query: Query, user: User, ecg_id: str) -> None:
    answer = query.get(f"/v1/ecgs/{ecg_id}/insights", user)

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_nothing_has_changed(query: Query, user: User, rows: Rows) -> None:
    rows.computed("ecg-17")
    first = query.get("/v1/ecgs/ecg-17", user)
    held = query.get("/v1/ecgs/ecg-17", user, If_None_Match=f'"other", {first.headers["etag"]}')

    assert first.headers["cache-control"] == "private, no-cache"
    assert (held.status_code, held.content) == (304, b"")
    assert held.headers["etag"] == first.headers["etag"]
    rows.computed("ecg-17", accepted_at=NOON + 1, content_hash=HASH_B)
    changed = query.get("/v1/ecgs/ecg-17", user, If_None_Match=first.headers["etag"])
    assert changed.status_code == 200
    assert changed.json()["conflicts"] == [
        {"content_hash": HASH_B, "accepted_at": "2026-11-23T12:00:00.000001Z"}
    ]
    assert query.get("/v1/ecgs/ecg-17/insights", user).json()["conflicts"] == changed.json()["conflicts"]
    page = query.get("/v1/ecgs", user)
    assert query.get("/v1/ecgs", user, If_None_Match=page.headers["etag"]).status_code == 304


def test_many_parts_and_retries_do_not_hide_the_answer(query: Query, user: User, rows: Rows) -> None:
    for segment in range(60):
        rows.computed("long", accepted_at=NOON - 1, segment=segment, segments=61, status="partial")
    rows.listed("long", NOON)
    assert query.get("/v1/ecgs/long/insights", user).status_code == 404
    assert [item["id"] for item in query.get("/v1/ecgs", user).json()["items"]] == ["long"]

    rows.computed("long", value=7)
    for retry in range(30):
        rows.computed("long", value=7, accepted_at=NOON + 1 + retry)
    answer = query.get("/v1/ecgs/long", user).json()
    assert answer["insights"][0]["leads"][0]["value"] == 7
    assert answer["accepted_at"] == "2026-11-23T12:00:00Z"
    assert answer["conflicts"] == []
    assert len(query.get("/v1/ecgs", user).json()["items"]) == 1


def test_a_rejection_says_why(query: Query, user: User, rows: Rows) -> None:
    rows.rejected("broken", "the value is empty")

    status = query.get("/v1/ecgs/broken/status", user).json()
    assert (status["status"], status["reason"]) == ("rejected", "the value is empty")
    assert query.get("/v1/ecgs/broken/insights", user).json()["insights"] == []


def test_a_receipt_tells_not_yet_from_never(query: Query, user: User, rows: Rows) -> None:
    receipt = encode_receipt(Receipt(TOPIC_ID, 3, 17))

    def answer(text: str = receipt, ecg_id: str = "sent", view: str = "/insights") -> httpx.Response:
        return query.get(f"/v1/ecgs/{ecg_id}{view}?receipt={text}", user)

    assert answer(encode_receipt(Receipt("never-seen/ecg.uploaded.v1", 3, 17))).status_code == 202
    rows.insert("progress", topic_id=TOPIC_ID, partition=3, next_offset=17, updated_at=NOON)
    accepted = answer()
    assert accepted.status_code == 202
    assert accepted.headers["retry-after"] == "1"
    assert accepted.json() == {
        "id": "sent",
        "date": None,
        "accepted_at": None,
        "status": "accepted",
        "insights": [],
    }
    for view in ("", "/status"):
        assert answer(view=view).json()["status"] == "accepted"
    assert query.get("/v1/ecgs/sent/insights", user).status_code == 404

    rows.insert("progress", topic_id=TOPIC_ID, partition=3, next_offset=18, updated_at=NOON)
    assert answer().status_code == 404
    rows.computed("sent")
    assert answer().status_code == 200


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "AAAA",
        "é",
        "a" * 1000,
        encode_receipt(Receipt("", 0, 0)),
        encode_receipt(Receipt("x/y", 0, 0)),
    ],
)
def test_what_is_no_receipt_is_a_broken_rule(query: Query, user: User, text: str) -> None:
    answer = query.http.get(f"{query.url}/v1/ecgs/any", params={"receipt": text}, headers=user.headers)

    assert answer.status_code == 422
    assert [error["parameter"] for error in answer.json()["errors"]] == ["receipt"]


def waiting(query: Query) -> bool:
    return "\necg_query_waiting 1.0" in query.get("/metrics").text


def test_whoever_waits_is_woken_by_the_event(query: Query, user: User, rows: Rows) -> None:
    def answered(ecg_id: str) -> tuple[httpx.Response, float]:
        return query.get(f"/v1/ecgs/{ecg_id}/insights", user, Prefer="wait=10"), time.monotonic()

    seconds = []
    with ThreadPoolExecutor(1) as pool:
        for ecg_id in ("a", "b", "c", "d", "e"):
            ended = pool.submit(answered, ecg_id)
            until(lambda: waiting(query), "the request to wait")
            # By then it reads once a second, so that the event is what makes the answer quick.
            time.sleep(1.2)
            rows.announce(ecg_id, rows.computed(ecg_id))
            announced = time.monotonic()
            answer, at = ended.result()
            assert answer.status_code == 200
            assert answer.headers["preference-applied"] == "wait=10"
            seconds.append(at - announced)

    assert sorted(seconds)[2] < WOKEN_WITHIN_SECONDS


def test_whoever_waits_hears_of_a_rejection_without_an_event(query: Query, user: User, rows: Rows) -> None:
    timer = threading.Timer(0.5, lambda: rows.rejected("broken", "why"))
    timer.start()
    started = time.monotonic()
    answer = query.get("/v1/ecgs/broken/status", user, Prefer="wait=10")
    timer.join()

    assert answer.json()["status"] == "rejected"
    assert time.monotonic() - started < 3


def test_waiting_in_vain_ends_in_time(query: Query, user: User) -> None:
    started = time.monotonic()
    answer = query.get("/v1/ecgs/none", user, Prefer="wait=1")
    pending = query.get(
        f"/v1/ecgs/none?receipt={encode_receipt(Receipt('new/ecg.uploaded.v1', 0, 5))}", user, Prefer="wait=1"
    )

    assert answer.status_code == 404
    assert pending.status_code == 202
    assert answer.headers["preference-applied"] == pending.headers["preference-applied"] == "wait=1"
    assert answer.content == query.get("/v1/ecgs/none", user).content
    assert 2 <= time.monotonic() - started < 3.5


def test_the_list_goes_on_over_months_newest_first(query: Query, user: User, rows: Rows) -> None:
    dates = {f"ecg-{number:02}": NOON - (number // 2) * 9 * DAY for number in range(24)}
    dates["ancient"] = parse_rfc3339("1903-02-01T00:00:00Z")
    for ecg_id, date in dates.items():
        rows.listed(ecg_id, date)
        rows.computed(ecg_id, date=date)

    items, pages = walk(query, user, "/v1/ecgs?limit=7")
    assert [item["id"] for item in items] == sorted(dates, key=lambda ecg_id: (-dates[ecg_id], ecg_id))
    assert pages == 4
    assert items[0].keys() == {
        "id",
        "date",
        "date_source",
        "accepted_at",
        "leads",
        "number_of_samples",
        "sampling_frequency",
        "status",
        "links",
    }

    since, before = format_rfc3339(NOON - 40 * DAY), format_rfc3339(NOON - 9 * DAY)
    within, _ = walk(query, user, f"/v1/ecgs?limit=3&from={since}&to={before}")
    assert [item["id"] for item in within] == [f"ecg-{number:02}" for number in range(4, 10)]


def walk(query: Query, user: User, path: str) -> tuple[list[dict[str, Any]], int]:
    """Every item of a list, page by page, and how many pages that were."""
    items: list[dict[str, Any]] = []
    pages, following = 0, path
    while following:
        page = query.get(following, user)
        assert page.status_code == 200, page.text
        items += page.json()["items"]
        following = page.json()["next"]
        assert page.headers.get("link") == (f'<{following}>; rel="next"' if following else None)
        pages += 1
    return items, pages


def test_a_list_of_hundreds_of_months_is_read_to_its_end(query: Query, user: User, rows: Rows) -> None:
    months = [f"{year:04}-{month:02}" for year in range(1990, 2012) for month in range(1, 13)]
    for month in months:
        rows.listed(f"ecg-{month}", parse_rfc3339(f"{month}-15T00:00:00Z"))

    items, _ = walk(query, user, "/v1/ecgs?limit=200")
    assert [item["id"] for item in items] == [f"ecg-{month}" for month in reversed(months)]
    sparse = query.get("/v1/ecgs?from=1990-01-01T00:00:00Z&to=1990-02-01T00:00:00Z", user).json()
    assert [item["id"] for item in sparse["items"]] == ["ecg-1990-01"]


def test_an_entry_that_is_not_the_answer_is_not_listed(query: Query, user: User, rows: Rows) -> None:
    rows.computed("retried", date=NOON, date_source="server")
    rows.computed("retried", accepted_at=NOON + DAY, date=NOON + DAY, date_source="server")
    rows.listed("retried", NOON)
    rows.listed("retried", NOON + DAY, accepted_at=NOON + DAY)
    rows.computed("conflict")
    rows.computed("conflict", accepted_at=NOON + 1, content_hash=HASH_B)
    rows.listed("conflict", NOON, content_hash=HASH_B, accepted_at=NOON + 1, leads=9, samples=9)

    items = query.get("/v1/ecgs", user).json()["items"]
    assert [(item["id"], item["date"]) for item in items] == [
        ("conflict", "2026-11-23T12:00:00Z"),
        ("retried", "2026-11-23T12:00:00Z"),
    ]
    assert (items[0]["leads"], items[0]["number_of_samples"]) == (1, 5000)
    assert items[0]["accepted_at"] == "2026-11-23T12:00:00Z"
    assert items[0]["conflicts"] == [{"content_hash": HASH_B, "accepted_at": "2026-11-23T12:00:00.000001Z"}]
    assert "conflicts" not in items[1]


def test_a_cursor_is_of_one_owner_and_one_list(query: Query, user: User, rows: Rows) -> None:
    for number in range(3):
        rows.listed(f"ecg-{number}", NOON)
    path = query.get("/v1/ecgs?limit=1", user).json()["next"]
    cursor = path.partition("cursor=")[2]
    last = "A" if cursor[-1] != "A" else "B"

    assert query.get(path, user).json()["items"][0]["id"] == "ecg-1"
    assert query.get(f"/v1/ecgs?limit=2&cursor={cursor}", user).status_code == 200
    for wrong, whose in (
        (path, query.new_user()),
        (f"{path}&from=2026-01-01T00:00:00Z", user),
        (path[:-1] + last, user),
    ):
        answer = query.get(wrong, whose)
        assert answer.status_code == 422
        assert [error["parameter"] for error in answer.json()["errors"]] == ["cursor"]


@pytest.mark.parametrize(
    ("question", "parameter"),
    [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=all", "limit"),
        ("limit=1.5", "limit"),
        ("limit=99999999999999999999", "limit"),
        ("from=yesterday", "from"),
        ("to=2026-11-23", "to"),
        ("to=2026-11-23T08:30:00", "to"),
        ("from=2026-02-30T00:00:00Z", "from"),
        ("from=2026-11-23T08:30:00Z&to=2026-11-23T08:30:00Z", "to"),
    ],
)
def test_a_bad_question_names_its_parameter(query: Query, user: User, question: str, parameter: str) -> None:
    answer = query.get(f"/v1/ecgs?{question}", user)

    assert answer.status_code == 422
    assert [error["parameter"] for error in answer.json()["errors"]] == [parameter]
    assert question.partition("=")[2].partition("&")[0] not in answer.text


def test_the_ends_of_time_are_dates_too(query: Query, user: User) -> None:
    for question in (
        "from=0001-01-01T00:00:00%2B23:59",
        "to=9999-12-31T23:59:59-23:59",
        "from=0001-01-01T00:00:00Z&to=0001-01-01T00:00:01Z",
    ):
        assert query.get(f"/v1/ecgs?{question}", user).json() == {"items": [], "next": None}


def test_a_browser_may_ask_without_a_token_and_sees_errors(query: Query) -> None:
    origin = {"Origin": "https://app.example"}
    preflight = query.http.options(
        f"{query.url}/v1/ecgs",
        headers=origin
        | {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization,prefer"},
    )
    refused = query.http.get(f"{query.url}/v1/ecgs", headers=origin)

    assert preflight.status_code == 200
    assert refused.status_code == 401
    assert refused.headers["access-control-allow-origin"] == "https://app.example"
    assert "ETag" in refused.headers["access-control-expose-headers"]
    stranger = query.http.get(f"{query.url}/v1/ecgs", headers={"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in stranger.headers


def test_the_pages_for_people_and_machines_are_there(query: Query) -> None:
    for path in ("/docs", "/redoc", "/openapi.json", "/healthz", "/metrics"):
        assert query.get(path).status_code == 200
    ready = query.get("/readyz").json()
    assert ready == {"status": "ready", "checks": {"cassandra": "ok", "first_admin": "ok", "kafka": "ok"}}
    assert "server" not in query.get("/healthz").headers
    nothing = query.get("/v1/nothing")
    assert (nothing.status_code, nothing.headers["content-type"]) == (404, "application/problem+json")


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
        assert time.monotonic() - started < 5
        levels = [json.loads(line)["level"] for line in own.log.read_text().splitlines()]
        assert "ERROR" not in levels


def test_beyond_so_many_nobody_waits(engines: Engines, tmp_path: Path) -> None:
    with serving(engines, tmp_path, ECG_WAITERS="0") as own:
        started = time.monotonic()
        answer = own.get("/v1/ecgs/none", own.new_user(), Prefer="wait=10")

    assert answer.status_code == 404
    assert "preference-applied" not in answer.headers
    assert time.monotonic() - started < 5
