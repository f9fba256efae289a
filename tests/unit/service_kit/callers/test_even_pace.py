"""What a user has had lasts for its time, one thing after the other, and those who have gone are forgotten."""

from uuid import UUID

import pytest

from service_kit.callers.even_pace import EvenPace
from tests.unit.steady_clock import Clock

ANN, BEN = UUID(int=1), UUID(int=2)


def test_what_was_had_lasts_one_after_the_other() -> None:
    clock = Clock()
    pace = EvenPace(clock)
    pace.add(ANN, 2)
    pace.add(ANN, 3)
    assert (pace.ahead(ANN), pace.ahead(BEN)) == (5, 0)
    clock.now += 4
    assert pace.ahead(ANN) == 1
    clock.now += 4
    assert pace.ahead(ANN) == 0
    # What was not had in time is not saved up.
    pace.add(ANN, 2)
    assert pace.ahead(ANN) == 2


def test_those_who_have_gone_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service_kit.callers.even_pace._REMEMBERED_USERS", 10)
    clock = Clock()
    pace = EvenPace(clock)
    for number in range(1000):
        clock.now += 1
        pace.add(UUID(int=number), 1)
    assert len(pace) <= 20
