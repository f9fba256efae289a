"""What arrived since the last visit, on real engines, with rows as the stream processor leaves them."""

import time

import pytest

from harness.querying import NOON, Query, Rows, walk
from harness.running import User
from schemas.times import format_rfc3339

WEEK = 7 * 24 * 60 * 60 * 1_000_000
MINUTE = 60_000_000


def path(received_after: int, limit: int = 200) -> str:
    return f"/v1/ecgs?limit={limit}&received_after={format_rfc3339(received_after)}"


def test_arrivals_are_listed_in_their_order_over_weeks_whatever_their_date(
    query: Query, user: User, rows: Rows
) -> None:
    arrivals = [(f"ecg-{number % 5}-{number}", NOON - 40 * WEEK + number * WEEK // 2) for number in range(80)]
    for index, (ecg_id, received_at) in enumerate(arrivals):
        rows.received(ecg_id, received_at, date=NOON - index * 5 * WEEK)

    items, pages = walk(query, user, path(arrivals[9][1] + 10 * MINUTE, limit=30))
    assert [(item["id"], item["received_at"]) for item in items] == [
        (ecg_id, format_rfc3339(received_at)) for ecg_id, received_at in arrivals[10:]
    ]
    assert pages == 3
    assert (items[0]["leads"], items[0]["number_of_samples"], items[0]["status"]) == (1, 5000, "computed")
    assert query.get(path(arrivals[-1][1] + 10 * MINUTE), user).json() == {"items": [], "next": None}
    assert query.get(path(arrivals[0][1]), query.new_user()).json()["items"] == []


def test_arrivals_of_one_instant_are_all_listed(query: Query, user: User, rows: Rows) -> None:
    for ecg_id in ("a", "b", "c"):
        rows.received(ecg_id, NOON - WEEK)
    items, _ = walk(query, user, path(NOON - WEEK - 1, limit=1))
    assert [item["id"] for item in items] == ["a", "b", "c"]


def test_a_retry_arrives_again_and_what_has_no_answer_yet_is_not_shown(
    query: Query, user: User, rows: Rows
) -> None:
    rows.received("twice", NOON - 2 * WEEK)
    rows.received("twice", NOON - WEEK)
    rows.insert(
        "acceptances_by_owner", owner_id=user.id, week="2026-W46", received_at=NOON - WEEK + 1, ecg_id="early"
    )
    items, _ = walk(query, user, path(NOON - 3 * WEEK))
    assert [item["id"] for item in items] == ["twice", "twice"]
    assert [item["received_at"] for item in items] == [
        format_rfc3339(NOON - 2 * WEEK),
        format_rfc3339(NOON - WEEK),
    ]
    # Whenever it arrives, it is the ECG that was accepted once.
    assert {item["accepted_at"] for item in items} == {format_rfc3339(NOON)}


def visited(query: Query, user: User, received_after: str) -> tuple[set[str], str]:
    """What a visit finds, a page at a time, and from where the next one begins."""
    items, _ = walk(query, user, f"/v1/ecgs?limit=2&received_after={received_after}")
    return {item["id"] for item in items}, max(item["received_at"] for item in items)


def test_what_a_slow_worker_writes_is_in_the_next_visit(query: Query, user: User, rows: Rows) -> None:
    now = time.time_ns() // 1000
    for number in range(5):
        rows.received(f"early-{number}", now - number * 1_000)
    found, last = visited(query, user, format_rfc3339(now - WEEK))
    assert len(found) == 5
    rows.received("slow", now - 5 * MINUTE)
    assert "slow" in visited(query, user, last)[0]


@pytest.mark.parametrize("ahead", [4 * MINUTE, 20 * MINUTE, 60 * MINUTE])
def test_what_a_fast_worker_writes_is_seen_at_once_and_hides_nothing(
    query: Query, user: User, rows: Rows, ahead: int
) -> None:
    now = time.time_ns() // 1000
    rows.received("fast", now + ahead)
    found, last = visited(query, user, format_rfc3339(now - WEEK))
    assert found == {"fast"}
    # Whatever was told of the fast one, an honest one and a slow one come next.
    rows.received("honest", time.time_ns() // 1000)
    rows.received("slow", time.time_ns() // 1000 - 5 * MINUTE)
    assert {"honest", "slow"} <= visited(query, user, last)[0]
    # Also for who gives the instant of the fast one's clock.
    assert {"honest", "slow"} <= visited(query, user, format_rfc3339(now + ahead))[0]


def test_what_is_written_while_a_long_visit_goes_on_is_in_it_or_in_the_next(
    query: Query, user: User, rows: Rows
) -> None:
    now = time.time_ns() // 1000
    for number in range(4):
        rows.received(f"early-{number}", now - MINUTE + number)
    page = query.get(path(now - WEEK, limit=3), user).json()
    # Behind those who have read on, and before them.
    rows.received("behind", now - 5 * MINUTE)
    # A visit of an hour: workers' clocks have gone on, and so has what they write.
    rows.received("ahead", now + 60 * MINUTE)
    rest, _ = walk(query, user, page["next"])
    items = page["items"] + rest
    assert {item["id"] for item in items} == {"ahead", *(f"early-{number}" for number in range(4))}
    assert "behind" in visited(query, user, max(item["received_at"] for item in items))[0]


def test_the_ends_of_time_are_instants_too(query: Query, user: User, rows: Rows) -> None:
    rows.received("only", NOON - WEEK)
    for early in ("0001-01-01T00:00:00%2B23:59", "1970-01-01T00:00:00Z"):
        items, _ = walk(query, user, f"/v1/ecgs?received_after={early}")
        assert [item["id"] for item in items] == ["only"]
    late = query.get("/v1/ecgs?received_after=9999-12-31T23:59:59-23:59", user)
    assert late.json() == {"items": [], "next": None}


def test_an_unchanged_page_is_not_sent_again(query: Query, user: User, rows: Rows) -> None:
    rows.received("a", NOON - WEEK)
    first = query.get(path(NOON - 2 * WEEK), user)
    assert query.get(path(NOON - 2 * WEEK), user, If_None_Match=first.headers["etag"]).status_code == 304
