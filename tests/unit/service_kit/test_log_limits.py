"""What goes on and on is told once in a while, with how often it happened meanwhile."""

import time

import pytest

from service_kit.log_limits import Sparing


def test_each_thing_is_told_once_in_a_while_with_its_count(monkeypatch: pytest.MonkeyPatch) -> None:
    sparing = Sparing(every_seconds=60)
    assert [sparing.count("a") for _ in range(4)] == [1, 0, 0, 0]
    assert sparing.count("b") == 1
    later = time.monotonic() + 61
    monkeypatch.setattr("service_kit.log_limits.time.monotonic", lambda: later)
    assert [sparing.count("a") for _ in range(2)] == [4, 0]
    assert sparing.count("b") == 1
