from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_client.retries import RETRIED_STATUSES, Attempts, RetryPolicy, retry_after_seconds

NOW = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_what_is_retried_is_what_the_documents_say() -> None:
    assert RETRIED_STATUSES.isdisjoint({200, 202, 400, 401, 403, 404, 409, 413, 415, 422})
    assert {408, 429, 500, 502, 503, 504, 599} <= RETRIED_STATUSES


def test_pauses_double_up_to_the_longest() -> None:
    attempts = Attempts(RetryPolicy(1000, 1, 4), Clock(), lambda: 1.0)
    assert [attempts.pause(None) for _ in range(4)] == [1, 2, 4, 4]


def test_pauses_are_spread_by_half() -> None:
    attempts = Attempts(RetryPolicy(1000, 1, 4), Clock(), lambda: 0.0)
    assert [attempts.pause(None) for _ in range(3)] == [0.5, 1, 2]


def test_a_service_is_left_in_peace_as_long_as_it_asks() -> None:
    attempts = Attempts(RetryPolicy(1000, 1, 4), Clock(), lambda: 0.0)
    assert attempts.pause(30) == 30.25


@given(
    total=st.floats(0, 100),
    dice=st.floats(0, 1),
    asked=st.lists(st.one_of(st.none(), st.floats(0, 50)), max_size=30),
)
def test_no_attempt_begins_after_the_calls_time(total: float, dice: float, asked: list[float | None]) -> None:
    clock = Clock()
    attempts = Attempts(RetryPolicy(total), clock, lambda: dice)
    for retry_after in asked:
        pause = attempts.pause(retry_after)
        if pause is None:
            break
        assert pause >= (retry_after or 0)
        clock.now += pause
        assert clock.now <= 100 + total


def test_without_time_there_is_one_attempt() -> None:
    assert Attempts(RetryPolicy(0), Clock(), lambda: 0.0).pause(None) is None


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("7", 7),
        (" 0 ", 0),
        ("Mon, 23 Nov 2026 08:30:20 GMT", 20),
        ("Mon, 23 Nov 2026 08:29:00 GMT", 0),
        ("soon", None),
        ("-1", None),
        ("1.5", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, seconds: float | None) -> None:
    assert retry_after_seconds(header, NOW) == seconds
