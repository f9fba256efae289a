"""Waiting for insights, step by step: no network, and a clock of its own."""

from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
import pytest

from ecg_client.attempts import Flow, Pause, Trying
from ecg_client.errors import NotFoundError, UnexpectedAnswerError
from ecg_client.exchange import Answer, Request
from ecg_client.flows import Core
from ecg_client.results import Insights
from ecg_client.retries import RetryPolicy

PENDING = msgspec.json.encode(
    {"id": "a", "date": None, "accepted_at": None, "status": "accepted", "insights": []}
)
MISSING = b'{"title": "There is no such thing"}'


class Steps:
    """Carries out a flow: each request takes the seconds that it may wait, each pause its own."""

    def __init__(self, answers: Callable[[Request], Answer]) -> None:
        self.now = 0.0
        self.asked: list[str] = []
        self._answers = answers
        trying = Trying(
            RetryPolicy(60), None, lambda: self.now, lambda: 0.0, lambda: datetime(2026, 11, 23, tzinfo=UTC)
        )
        self.core = Core("http://ingest", "http://query", None, trying)

    def run(self, flow: Flow[Insights]) -> Insights:
        outcome = None
        while True:
            try:
                step = flow.send(outcome)
            except StopIteration as done:
                result: Insights = done.value
                return result
            if isinstance(step, Request):
                wait = step.headers.get("prefer", "wait=0")
                self.asked.append(wait)
                self.now += int(wait.removeprefix("wait="))
                outcome = self._answers(step)
            else:
                assert isinstance(step, Pause)
                self.now += step.seconds
                outcome = None


def pending(_: Request) -> Answer:
    return Answer(202, {"retry-after": "1"}, PENDING)


def missing(_: Request) -> Answer:
    return Answer(404, {"content-type": "application/problem+json"}, MISSING)


def test_a_long_wait_is_several_requests_and_ends_in_time() -> None:
    steps = Steps(pending)
    assert steps.run(steps.core.insights("a", wait_seconds=70, receipt="r")).status == "accepted"
    assert steps.asked == ["wait=30", "wait=30", "wait=8"]
    assert steps.now == 70


def test_without_a_receipt_what_is_missing_may_still_come() -> None:
    steps = Steps(missing)
    with pytest.raises(NotFoundError):
        steps.run(steps.core.insights("a", wait_seconds=40))
    assert steps.asked == ["wait=30", "wait=9"]


def test_with_a_receipt_what_is_missing_is_never_to_come() -> None:
    steps = Steps(missing)
    with pytest.raises(NotFoundError):
        steps.run(steps.core.insights("a", wait_seconds=40, receipt="r"))
    assert steps.asked == ["wait=30"]


def test_a_service_that_gives_no_pause_is_not_asked_without_end() -> None:
    steps = Steps(lambda _: Answer(202, {"retry-after": "0"}, PENDING))
    steps.run(steps.core.insights("a", wait_seconds=0.9, receipt="r"))
    assert len(steps.asked) <= 6


def test_a_token_that_is_none_is_not_kept() -> None:
    steps = Steps(lambda _: Answer(200, {}, b'{"access_token": "a b", "expires_in": 1}'))
    with pytest.raises(UnexpectedAnswerError):
        steps.run(steps.core.sign_in("ann@example.com", "word"))  # type: ignore[arg-type]
    assert steps.core.token is None
