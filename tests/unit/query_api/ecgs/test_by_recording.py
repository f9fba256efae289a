"""Which entries of a list are shown, by plain calls."""

from typing import Any

import pytest

from query_api.ecgs.by_recording import first_listed


def entry(ecg_id: str, date: int) -> dict[str, Any]:
    return {"ecg_id": ecg_id, "date": date}


def answer(date: int, position: int = 1, status: str = "computed") -> dict[str, Any]:
    return {
        "segment": -1,
        "status": status,
        "position": position,
        "content_hash": f"content {date}",
        "date": date,
    }


RETRIED = [entry("retried", date) for date in range(100, 0, -1)]
RETRIES = [answer(date, position=date) for date in range(1, 21)]


def test_an_ecg_of_many_dates_is_listed_under_its_answers_alone() -> None:
    assert first_listed(RETRIED, {"retried": RETRIES}, 50) == ([entry("retried", 1)], False)


def test_what_is_not_yet_known_is_listed_as_it_stands() -> None:
    assert first_listed([entry("new", 3)], {}, 50) == ([entry("new", 3)], False)


@pytest.mark.parametrize(("room", "followed"), [(1, True), (2, True), (3, False), (4, False)])
def test_a_full_page_says_whether_entries_follow_its_last(room: int, followed: bool) -> None:
    rows = [entry("a", 9), *RETRIED[:50], entry("b", 1), entry("c", 0)]
    answers = {"a": [answer(9)], "retried": RETRIES, "c": [answer(0)]}
    listed, more = first_listed(rows, answers, room)
    assert [row["ecg_id"] for row in listed] == ["a", "b", "c"][:room]
    assert more is followed


def test_nothing_of_nothing() -> None:
    assert first_listed([], {}, 1) == ([], False)
