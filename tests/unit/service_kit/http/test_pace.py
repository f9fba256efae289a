"""A slow link succeeds, a dawdler ends."""

import pytest

from service_kit.http.pace import STALL_SECONDS, Pace
from service_kit.settings import ServiceSettings

DEFAULT = Pace.of(ServiceSettings())


@pytest.mark.parametrize(
    ("size", "bytes_per_second"),
    [(88_000, 2_500), (424_000, 2_500), (8_000_000, 2_500), (33_554_432, 10_000)],
)
def test_a_slow_link_has_the_time_that_it_takes(size: int, bytes_per_second: float) -> None:
    arrived = 0
    while arrived < size:
        arrived += 10_000
        assert arrived / bytes_per_second < DEFAULT.seconds(arrived)


def test_a_network_may_be_gone_and_a_dawdler_may_not() -> None:
    assert DEFAULT.seconds(0) == STALL_SECONDS
    assert DEFAULT.seconds(88_000) < 88_000 / 500


def test_there_is_an_end_however_steadily_it_comes() -> None:
    assert Pace(bytes_per_second=1, most_seconds=60).seconds(10**9) == 60
