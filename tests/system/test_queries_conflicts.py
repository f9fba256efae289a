"""The same id sent again: retries do not show, and another content shows beside the answer."""

import httpx
import pytest

from harness.querying import DAY, HASH_B, NOON, Query, Rows, walk
from harness.running import Engines, User
from harness.topics import topic_id_of
from schemas.positions import NO_POSITION
from schemas.receipts import Receipt, encode_receipt
from schemas.times import format_rfc3339
from schemas.topics import UPLOADED

# Of a partition that nobody else's receipt is about.
OFFSET = 1_000_017


def test_nothing_has_changed(query: Query, user: User, rows: Rows) -> None:
    rows.computed("ecg-17")
    first = query.get("/v1/ecgs/ecg-17", user)
    held = query.get("/v1/ecgs/ecg-17", user, If_None_Match=f'"other", {first.headers["etag"]}')

    assert first.headers["cache-control"] == "private, no-cache"
    assert (held.status_code, held.content) == (304, b"")
    assert held.headers["etag"] == first.headers["etag"]
    rows.computed("ecg-17", place=1, accepted_at=NOON + 1, content_hash=HASH_B)
    changed = query.get("/v1/ecgs/ecg-17", user, If_None_Match=first.headers["etag"])
    assert changed.status_code == 200
    assert changed.json()["conflicts"] == [
        {"content_hash": HASH_B, "accepted_at": "2026-11-23T12:00:00.000001Z"}
    ]
    assert query.get("/v1/ecgs/ecg-17/insights", user).json()["conflicts"] == changed.json()["conflicts"]
    page = query.get("/v1/ecgs", user)
    assert query.get("/v1/ecgs", user, If_None_Match=page.headers["etag"]).status_code == 304


def test_an_upload_that_is_not_the_answer_is_told_so_once_it_was_processed(
    query: Query, engines: Engines, user: User, rows: Rows
) -> None:
    topic_id = topic_id_of(engines.kafka, UPLOADED.name)
    receipt = encode_receipt(Receipt(topic_id, 5, OFFSET, HASH_B))

    def ask(view: str = "/status") -> httpx.Response:
        return query.get(f"/v1/ecgs/two{view}?receipt={receipt}", user)

    rows.computed("two")
    rows.insert("progress", topic_id=topic_id, partition=5, next_offset=OFFSET, updated_at=NOON)
    accepted = ask()
    assert (accepted.status_code, accepted.json()["upload"]["status"]) == (202, "accepted")
    rows.insert("progress", topic_id=topic_id, partition=5, next_offset=OFFSET + 1, updated_at=NOON)
    lost = ask()
    assert (lost.status_code, lost.json()["status"]) == (200, "computed")
    assert lost.json()["upload"] == {"content_hash": HASH_B, "status": "rejected", "reason": "lost"}
    rows.rejected("two", "odd", accepted_at=NOON + 1, content_hash=HASH_B)
    assert ask().json()["upload"] == {"content_hash": HASH_B, "status": "rejected", "reason": "odd"}
    assert ask().json()["status"] == "computed"
    rows.computed("two", accepted_at=NOON + 2, content_hash=HASH_B)
    for view in ("", "/status", "/insights"):
        told = ask(view).json()
        assert told["upload"] == {"content_hash": HASH_B, "status": "conflict", "reason": None}
    assert "upload" not in query.get("/v1/ecgs/two/insights", user).json()


def test_many_parts_and_retries_do_not_hide_the_answer(query: Query, user: User, rows: Rows) -> None:
    for segment in range(60):
        rows.computed("long", position=NO_POSITION, segment=segment, segments=61, status="partial")
    # As it was stored before rows had positions.
    for segment in range(60):
        rows.computed("long", position=NOON, accepted_at=None, segment=segment, segments=61, status="partial")
    rows.listed("long", NOON)
    assert query.get("/v1/ecgs/long/insights", user).status_code == 404
    assert [item["id"] for item in query.get("/v1/ecgs", user).json()["items"]] == ["long"]

    rows.computed("long", value=7)
    for retry in range(30):
        rows.computed("long", value=7, place=1 + retry, accepted_at=NOON + 1 + retry)
    answer = query.get("/v1/ecgs/long", user).json()
    assert answer["insights"][0]["leads"][0]["value"] == 7
    assert answer["accepted_at"] == "2026-11-23T12:00:00Z"
    assert answer["conflicts"] == []
    assert len(query.get("/v1/ecgs", user).json()["items"]) == 1


@pytest.mark.parametrize("retries", [21, 201, 1_000])
def test_no_number_of_retries_hides_a_conflict(query: Query, user: User, rows: Rows, retries: int) -> None:
    others = ["c" * 64, "9" * 64]
    rows.computed("stormy")
    rows.listed("stormy", NOON)
    rows.received("stormy", NOON)
    # A storm of each content: of the answer, then of what conflicts with it first, and another one behind.
    for retry in range(retries):
        rows.computed("stormy", place=1 + retry, accepted_at=NOON + 1)
        rows.computed("stormy", place=retries + 1 + retry, accepted_at=NOON + 2, content_hash=others[0])
    rows.computed("stormy", place=3 * retries, accepted_at=NOON + 3, content_hash=others[1])

    since = f"received_after={format_rfc3339(NOON - DAY)}"
    told = [query.get(f"/v1/ecgs/stormy{view}", user).json() for view in ("", "/insights", "/status")]
    told += [query.get(path, user).json()["items"][0] for path in ("/v1/ecgs", f"/v1/ecgs?{since}")]
    for one in told:
        assert [conflict["content_hash"] for conflict in one["conflicts"]] == others
        assert one["conflicts"][0]["accepted_at"] == "2026-11-23T12:00:00.000002Z"
        assert (one["status"], one["accepted_at"]) == ("computed", "2026-11-23T12:00:00Z")
    assert told[0]["insights"][0]["leads"][0]["value"] == 42


def test_no_number_of_rejections_hides_what_was_computed(query: Query, user: User, rows: Rows) -> None:
    for number in range(250):
        rows.rejected("rejected", "why", place=number)
    assert query.get("/v1/ecgs/rejected/status", user).json()["status"] == "rejected"
    rows.computed("rejected", place=250, value=7)
    assert query.get("/v1/ecgs/rejected", user).json()["insights"][0]["leads"][0]["value"] == 7


def test_an_ecg_of_ever_new_contents_is_answered_in_time(query: Query, user: User, rows: Rows) -> None:
    rows.computed("many", value=7, content_hash="f" * 64)
    for number in range(600):
        rows.computed("many", place=1 + number, content_hash=f"{number:064x}")
    told = query.get("/v1/ecgs/many", user).json()
    assert told["insights"][0]["leads"][0]["value"] == 7
    assert len(told["conflicts"]) > 100


def test_an_entry_that_is_not_the_answer_is_not_listed(query: Query, user: User, rows: Rows) -> None:
    rows.computed("retried", date=NOON, date_source="server")
    rows.computed("retried", place=1, accepted_at=NOON + DAY, date=NOON + DAY, date_source="server")
    rows.listed("retried", NOON)
    rows.listed("retried", NOON + DAY, accepted_at=NOON + DAY)
    rows.computed("conflict")
    rows.computed("conflict", place=1, accepted_at=NOON + 1, content_hash=HASH_B)
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


def test_retries_without_a_date_do_not_empty_a_page(query: Query, user: User, rows: Rows) -> None:
    # A retry without a date is dated anew by its acceptance, and so has an entry of its own in the list.
    dates = [NOON + number for number in range(120)]
    for place, date in enumerate(dates):
        rows.listed("retried", date, accepted_at=date, date_source="server")
        rows.computed("retried", place=place, accepted_at=date, date=date, date_source="server")
    for number in range(10):
        rows.listed(f"ecg-{number}", NOON - (number + 1) * 9 * DAY)

    page = query.get("/v1/ecgs", user).json()
    assert [item["id"] for item in page["items"]] == ["retried", *(f"ecg-{number}" for number in range(10))]
    assert page["next"] is None
    items, pages = walk(query, user, "/v1/ecgs?limit=3")
    assert (items, pages) == (page["items"], 4)


def test_a_page_of_retries_alone_is_given_up_in_time(query: Query, user: User, rows: Rows) -> None:
    for number in range(2_500):
        rows.listed("retried", NOON + number, accepted_at=NOON + number)
    rows.computed("retried")

    page = query.get("/v1/ecgs", user).json()
    assert page["items"] == []
    assert [item["id"] for item in query.get(page["next"], user).json()["items"]] == ["retried"]
