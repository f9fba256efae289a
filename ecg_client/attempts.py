"""One request, asked again by the rules until it succeeds or its time is over. No network, no waiting of its own."""

import random
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TypeVar

from ecg_client.errors import EcgError
from ecg_client.exchange import Answer, NoAnswer, Outcome, Request, error_of
from ecg_client.retries import RETRIED_STATUSES, Attempts, RetryPolicy, retry_after_seconds

T = TypeVar("T")

# What is left of a call's time may be nothing a network could answer in.
_SHORTEST_TIMEOUT_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Pause:
    """Do nothing for so long."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Renewal:
    """Get another token, as the one that was sent holds no longer."""

    refused: str | None = field(repr=False)


# A flow yields a Request and is sent its outcome, a Renewal and is sent the token, or a Pause and is sent None; it
# returns the result.
Flow = Generator[Request | Pause | Renewal, Outcome | str | None, T]

# Told, before each pause, what came instead of a result, and the seconds until the next attempt.
Retrying = Callable[[EcgError, float], None]


@dataclass(frozen=True, slots=True)
class Trying:
    """How requests are tried. Clock and dice are parts so that tests need no patience and no luck."""

    policy: RetryPolicy = field(default_factory=RetryPolicy)
    retrying: Retrying | None = None
    clock: Callable[[], float] = time.monotonic
    dice: Callable[[], float] = random.random
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def until(self, request: Request, *statuses: int) -> Flow[Answer]:
        """The answer that has one of these statuses. Raises the last error when the call's time is over."""
        attempts = Attempts(self.policy, self.clock, self.dice)
        limit = request.timeout_seconds
        while True:
            outcome = yield request
            assert isinstance(outcome, Answer | NoAnswer)
            retry_after = None
            if isinstance(outcome, Answer):
                if outcome.status in statuses:
                    return outcome
                retry_after = self.retry_after(outcome)
                if outcome.status not in RETRIED_STATUSES:
                    raise error_of(request, outcome, retry_after)
            error = error_of(request, outcome, retry_after)
            pause = attempts.pause(retry_after)
            if pause is None:
                raise error
            if self.retrying is not None:
                self.retrying(error, pause)
            yield Pause(pause)
            timeout = max(_SHORTEST_TIMEOUT_SECONDS, min(limit, attempts.remaining_seconds))
            request = replace(request, timeout_seconds=timeout)

    def retry_after(self, answer: Answer) -> float | None:
        """The seconds that an answer asks to leave the service in peace, if it does."""
        return retry_after_seconds(answer.headers.get("retry-after"), self.now())
