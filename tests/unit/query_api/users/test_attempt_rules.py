"""How long to wait after wrong passwords: for the first not at all, then twice as long each time, a minute at most."""

import pytest

from query_api.users.attempt_rules import ACCOUNT_AT_ADDRESS, LONGEST_SECONDS, Rule

NOW = 1_800_000_000_000_000
SECOND = 1_000_000


@pytest.mark.parametrize(
    ("tried", "ago", "wait"),
    [
        (0, 0, 0),
        (2, 0, 0),
        (3, 0, 1),
        (3, 0.5, 1),
        (3, 1, 0),
        (5, 0, 4),
        (5, 1, 3),
        (9, 0, 60),
        (2_000, 0, 60),
        (9, 59.5, 1),
        (9, 60, 0),
        # By the clock of another host, which is ahead.
        (9, -600, 60),
    ],
)
def test_the_wait_grows_to_a_minute_and_no_further(tried: int, ago: float, wait: int) -> None:
    last = NOW - int(ago * SECOND)
    assert Rule(3).wait([last, *[NOW - 900 * SECOND] * (tried - 1)] if tried else [], NOW) == wait


def test_who_goes_on_guessing_gets_few_guesses_in() -> None:
    now = NOW
    tried: list[int] = []
    while now < NOW + 86_400 * SECOND:
        counted = [at for at in tried if at > now - 900 * SECOND]
        wait = ACCOUNT_AT_ADDRESS.wait(counted, now)
        if wait:
            now += wait * SECOND
        else:
            tried.append(now)
    assert wait <= LONGEST_SECONDS
    assert len(tried) < 2_500
