"""Waiting for an engine that is away."""

import asyncio

import pytest

from service_kit.engines.errors import EngineAwayError
from stream_processor import retrying
from stream_processor.retrying import Retrying


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrying, "backoff", lambda: iter([0.0] * 1000))


def test_it_is_tried_until_the_engine_is_there_and_the_cause_is_seen_meanwhile() -> None:
    wait = Retrying()
    causes: list[str | None] = []

    async def attempt() -> int:
        causes.append(wait.cause)
        if len(causes) < 4:
            raise EngineAwayError("cassandra", f"attempt {len(causes)}")
        return 42

    assert asyncio.run(wait.until_done(attempt)) == 42
    assert causes[0] is None
    assert [cause and cause.split()[-1] for cause in causes[1:]] == ["1", "2", "3"]
    assert wait.cause is None


def test_another_failure_is_the_callers_and_nothing_is_waited_for_any_more() -> None:
    wait = Retrying()
    failures: list[Exception] = [EngineAwayError("kafka", "away"), RuntimeError("unforeseen")]

    async def attempt() -> None:
        raise failures.pop(0)

    with pytest.raises(RuntimeError, match="unforeseen"):
        asyncio.run(wait.until_done(attempt))
    assert wait.cause is None
