"""A day's share of bytes: refused when it is used up, told for how long, and given back evenly."""

from uuid import UUID

import pytest

from ingest_api.daily_bytes import DailyBytes
from schemas.problems import TooManyRequestsError
from tests.unit.steady_clock import Clock

ANN, BOB = UUID(int=1), UUID(int=2)
HOUR = 3_600.0


def test_a_share_is_used_up_and_comes_back_evenly() -> None:
    clock = Clock()
    quota = DailyBytes(2_400, clock)
    for _ in range(2):
        quota.judge(ANN)
        quota.count(ANN, 1_300)
    # 200 bytes too many, at 100 an hour.
    with pytest.raises(TooManyRequestsError) as refused:
        quota.judge(ANN)
    assert refused.value.retry_after == 2 * HOUR
    quota.judge(BOB)
    clock.now += 2 * HOUR
    quota.judge(ANN)
    quota.count(ANN, 100)
    with pytest.raises(TooManyRequestsError):
        quota.judge(ANN)
    clock.now += 48 * HOUR
    quota.count(ANN, 2_400)
    quota.judge(ANN)


def test_without_a_limit_nobody_is_refused() -> None:
    quota = DailyBytes(0)
    quota.count(ANN, 2**50)
    quota.judge(ANN)
