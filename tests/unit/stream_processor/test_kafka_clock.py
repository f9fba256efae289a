"""Kafka's clock goes on as it was heard, whatever this host's own does."""

import time

import pytest

from stream_processor.kafka_clock import KafkaClock

HOUR = 3_600.0


def test_it_is_this_hosts_clock_until_kafka_is_heard() -> None:
    clock = KafkaClock()
    clock.hear(None)
    assert abs(clock.now() - time.time_ns() // 1000) < 1_000_000


def test_it_is_kafkas_from_then_on_though_this_hosts_jumps(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = KafkaClock()
    before = clock.lead
    clock.hear(time.time() - HOUR)
    assert before - clock.lead == pytest.approx(HOUR, abs=1.0)
    true = time.time()
    monkeypatch.setattr(time, "time", lambda: true + HOUR)
    assert clock.now() / 1_000_000 == pytest.approx(true - HOUR, abs=1.0)


def test_stamps_only_grow_though_it_was_heard_late() -> None:
    clock = KafkaClock()
    first = clock.stamp()
    clock.hear(time.time() - HOUR)
    assert first < clock.stamp() < clock.stamp()


def test_a_stamp_is_later_than_one_that_was_seen() -> None:
    clock = KafkaClock()
    seen = clock.now() + int(HOUR) * 1_000_000
    clock.see(seen)
    assert clock.stamp() > seen
    assert clock.now() < seen
