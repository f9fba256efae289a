"""What goes on and on is told once in a while, with how often it happened meanwhile."""

import time

import pytest

from service_kit.log_limits import LogLimit


def test_each_thing_is_told_once_in_a_while_with_its_count(monkeypatch: pytest.MonkeyPatch) -> None:
    limit = LogLimit(every_seconds=60)
    assert [limit.count("a") for _ in range(4)] == [1, 0, 0, 0]
    assert limit.count("b") == 1
    later = time.monotonic() + 61
    monkeypatch.setattr("service_kit.log_limits.time.monotonic", lambda: later)
    assert [limit.count("a") for _ in range(2)] == [4, 0]
    assert limit.count("b") == 1
