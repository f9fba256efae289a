"""A user may ask in bursts, not faster than the rate in the long run, and others do not notice."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from service_kit.callers.rates import WINDOW_SECONDS, RateLimiter
from tests.unit.steady_clock import Clock

ANN, BEN = UUID(int=1), UUID(int=2)


def test_a_burst_is_taken_and_then_the_rate_holds() -> None:
    clock = Clock()
    limiter = RateLimiter(2, clock)
    burst = [limiter.take(ANN) for _ in range(2 * WINDOW_SECONDS + 3)]
    assert [allowance.retry_after for allowance in burst[-4:]] == [None, 1, 1, 1]
    assert burst[0].headers == {"ratelimit-policy": '"user";q=20;w=10', "ratelimit": '"user";r=19;t=1'}
    assert burst[-1].headers["ratelimit"] == '"user";r=0;t=10'
    assert limiter.take(BEN).retry_after is None
    clock.now += 1
    assert [limiter.take(ANN).retry_after for _ in range(3)] == [None, None, 1]


def test_whoever_waits_as_told_is_taken() -> None:
    clock = Clock()
    limiter = RateLimiter(0.2, clock)
    assert [limiter.take(ANN).retry_after for _ in range(3)] == [None, None, 5]
    clock.now += 5
    assert limiter.take(ANN).retry_after is None


def test_zero_is_no_limit() -> None:
    limiter = RateLimiter(0)
    taken = [limiter.take(ANN) for _ in range(1000)]
    assert all(allowance.retry_after is None and not allowance.headers for allowance in taken)


@given(st.floats(0.2, 2000), st.lists(st.floats(0, 3), max_size=60))
def test_no_user_gets_more_than_the_rate_and_a_window(rate: float, pauses: list[float]) -> None:
    clock = Clock()
    limiter = RateLimiter(rate, clock)
    taken = 0
    for pause in pauses:
        clock.now += pause
        taken += sum(limiter.take(ANN).retry_after is None for _ in range(40))
    assert taken <= rate * (sum(pauses) + WINDOW_SECONDS) + 1
