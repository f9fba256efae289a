"""What is said of the clock is the least that is certain, and holds until it is put right."""

import asyncio
import logging
from collections.abc import Iterator

import pytest
from prometheus_client import REGISTRY

from ingest_api.clock_offset import Clock
from service_kit.engines.errors import EngineAwayError

BOUND_SECONDS = 300.0


class Host:
    """The two clocks of a host, put by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now, self.steady = 1_800_000_000.0, 1_000.0
        monkeypatch.setattr("ingest_api.clock_offset.time.time", lambda: self.now)
        monkeypatch.setattr("ingest_api.clock_offset.time.monotonic", lambda: self.steady)

    def passes(self, seconds: float) -> None:
        self.now += seconds
        self.steady += seconds


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    yield Host(monkeypatch)
    monkeypatch.undo()


def ready(clock: Clock) -> bool:
    try:
        return asyncio.run(clock.right())
    except EngineAwayError:
        return False


def shown() -> float | None:
    return REGISTRY.get_sample_value("ecg_ingest_clock_difference_seconds")


@pytest.mark.parametrize(
    ("written_ago", "took", "ahead"),
    [(0.003, 0.005, 0.0), (8.0, 10.0, 0.0), (10.0, 4.0, 6.0), (-3.0, 4.0, -3.0), (1200.0, 0.01, 1199.99)],
)
def test_a_difference_is_certain_only_outside_of_the_sending(
    host: Host, written_ago: float, took: float, ahead: float
) -> None:
    clock = Clock(BOUND_SECONDS)
    clock.measure(host.now - written_ago, took)
    assert clock.ahead == pytest.approx(ahead)
    assert shown() == pytest.approx(ahead)


def test_nothing_is_known_before_and_by_a_topic_with_the_senders_time(host: Host) -> None:
    clock = Clock(BOUND_SECONDS)
    clock.measure(None, 0.01)
    assert shown() != shown()
    assert ready(clock)


@pytest.mark.parametrize("ahead", [1200.0, -1200.0])
def test_beyond_the_bound_it_is_not_ready_until_the_clock_is_put_right(host: Host, ahead: float) -> None:
    clock = Clock(BOUND_SECONDS)
    clock.measure(host.now - ahead, 0.01)
    assert not ready(clock)
    with pytest.raises(EngineAwayError, match="1200 s"):
        asyncio.run(clock.right())
    host.passes(20)
    assert not ready(clock)
    host.now -= ahead
    assert ready(clock)
    assert clock.ahead == pytest.approx(0, abs=0.1)
    host.now += ahead
    assert not ready(clock)


def test_a_broker_that_is_wrong_keeps_nobody_out_for_ever(host: Host) -> None:
    clock = Clock(BOUND_SECONDS)
    clock.measure(host.now + 4000, 0.01)
    assert not ready(clock)
    host.passes(61)
    assert ready(clock)


def test_it_is_said_once_in_a_while_and_as_loud_as_it_is_wrong(
    host: Host, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock(BOUND_SECONDS)
    for difference in (0.5, 1.9, 3.0, 3.0, -500.0, -500.0, 3.0):
        clock.measure(host.now - difference, 0.0)
    assert [record.levelno for record in caplog.records] == [logging.WARNING, logging.ERROR]
    assert [record.__dict__["seconds_ahead"] for record in caplog.records] == [3.0, -500.0]
