"""Reading one's own ECGs on real engines, with the rows and events that the stream processor leaves."""

import httpx
import pytest

from schemas.receipts import Receipt, encode_receipt
from tests.system.querying import HASH_A, NOON, Query, Rows, to_plain
from tests.system.running import User

TOPIC_ID = "a-topic-of-the-tests--"


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


def test_a_rejection_says_why(query: Query, user: User, rows: Rows) -> None:
    rows.rejected("broken", "the value is empty")

    status = query.get("/v1/ecgs/broken/status", user).json()
    assert (status["status"], status["reason"]) == ("rejected", "the value is empty")
    assert query.get("/v1/ecgs/broken/insights", user).json()["insights"] == []


def test_a_receipt_tells_not_yet_from_never(query: Query, user: User, rows: Rows) -> None:
    receipt = encode_receipt(Receipt(TOPIC_ID, 3, 17))

    def answer(text: str = receipt, ecg_id: str = "sent", view: str = "/insights") -> httpx.Response:
        return query.get(f"/v1/ecgs/{ecg_id}{view}?receipt={text}", user)

    assert answer(encode_receipt(Receipt("never-seen-by-anybody-", 3, 17))).status_code == 202
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
