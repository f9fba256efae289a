"""Reading one's own ECGs on real engines, with the rows and events that the stream processor leaves."""

import httpx
import pytest

from harness.querying import HASH_A, NOON, Query, Rows, to_plain
from harness.running import Engines, User, until
from harness.topics import topic_id_of
from schemas.receipts import Receipt, encode_receipt
from schemas.topics import UPLOADED

# Of a partition that nobody else's receipt is about.
PASSED = 1_000_017


def test_the_insights_read_as_the_design_has_it(query: Query, user: User, rows: Rows) -> None:
    result = rows.computed("ecg-17")
    answer = query.get("/v1/ecgs/ecg-17/insights", user)

    assert answer.status_code == 200
    assert answer.json() == {
        "id": "ecg-17",
        "date": "2026-11-23T12:00:00Z",
        "date_source": "client",
        "accepted_at": "2026-11-23T12:00:00Z",
        "status": "computed",
        "device_id": None,
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


def test_a_rejection_says_why(query: Query, user: User, rows: Rows) -> None:
    rows.rejected("broken", "the value is empty")

    status = query.get("/v1/ecgs/broken/status", user).json()
    assert (status["status"], status["reason"]) == ("rejected", "the value is empty")
    assert query.get("/v1/ecgs/broken/insights", user).json()["insights"] == []


def test_a_receipt_tells_not_yet_from_never(query: Query, engines: Engines, user: User, rows: Rows) -> None:
    topic_id = topic_id_of(engines.kafka, UPLOADED.name)
    receipt = encode_receipt(Receipt(topic_id, 3, PASSED, HASH_A))

    def answer(text: str = receipt, ecg_id: str = "sent", view: str = "/insights") -> httpx.Response:
        return query.get(f"/v1/ecgs/{ecg_id}{view}?receipt={text}", user)

    rows.insert("progress", topic_id=topic_id, partition=3, next_offset=PASSED, updated_at=NOON)
    accepted = answer()
    assert accepted.status_code == 202
    assert accepted.headers["retry-after"] == "1"
    assert accepted.json() == {
        "id": "sent",
        "date": None,
        "date_source": None,
        "accepted_at": None,
        "status": "accepted",
        "device_id": None,
        "insights": [],
        "upload": {"content_hash": HASH_A, "status": "accepted", "reason": None},
    }
    for view in ("", "/status"):
        assert answer(view=view).json()["status"] == "accepted"
    assert query.get("/v1/ecgs/sent/insights", user).status_code == 404

    rows.insert("progress", topic_id=topic_id, partition=3, next_offset=PASSED + 1, updated_at=NOON)
    for view in ("", "/insights", "/status"):
        assert (answer(view=view).status_code, answer(view=view).json()["status"]) == (200, "rejected")
    assert answer(view="/status").json()["reason"] == "lost"
    for start, stop, reason in (
        (PASSED - 5, PASSED, "lost"),
        (PASSED + 1, PASSED + 9, "lost"),
        (PASSED - 2, PASSED + 1, "expired"),
    ):
        rows.insert("expired_ranges", topic_id=topic_id, partition=3, start=start, stop=stop)
        assert answer(view="/status").json()["reason"] == reason
    rows.computed("sent")
    assert answer().status_code == 200


def test_a_receipt_of_a_topic_that_is_no_more_says_that_it_is_lost(
    query: Query, user: User, rows: Rows
) -> None:
    """Nobody will come to its place; who sent it must not wait for ever."""
    receipt = encode_receipt(Receipt("an-old-topics-id------", 3, 17, HASH_A))
    until(
        lambda: query.get(f"/v1/ecgs/sent/status?receipt={receipt}", user).json()["status"] == "rejected",
        "the topic's id to be known",
    )
    assert query.get(f"/v1/ecgs/sent/status?receipt={receipt}", user).json()["reason"] == "lost"
    rows.computed("sent")
    assert query.get(f"/v1/ecgs/sent/status?receipt={receipt}", user).json()["status"] == "computed"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "AAAA",
        "é",
        "a" * 1000,
        encode_receipt(Receipt("", 0, 0, HASH_A)),
        encode_receipt(Receipt("x/y", 0, 0, HASH_A)),
    ],
)
def test_what_is_no_receipt_is_a_broken_rule(query: Query, user: User, text: str) -> None:
    answer = query.http.get(f"{query.url}/v1/ecgs/any", params={"receipt": text}, headers=user.headers)

    assert answer.status_code == 422
    assert [error["parameter"] for error in answer.json()["errors"]] == ["receipt"]


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
    everything = {
        "status": "ready",
        "checks": dict.fromkeys(
            [
                "audit",
                "audit_delivered",
                "cassandra",
                "first_admin",
                "kafka",
                "keys_folder",
                "revocations",
                "revocations_read",
            ],
            "ok",
        ),
    }
    until(lambda: query.get("/readyz").json() == everything, "everything to be told as there")
    assert "server" not in query.get("/healthz").headers
    nothing = query.get("/v1/nothing")
    assert (nothing.status_code, nothing.headers["content-type"]) == (404, "application/problem+json")
