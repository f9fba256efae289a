"""When to ask again, and after how long. Pure: the clock and the dice are given.

The documented rule: after 408, 429, any 5xx and a broken connection the same may always be sent again, after
another 4xx never. A service that says how long to leave it in peace (`Retry-After`) is left in peace as long.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

RETRIED_STATUSES = frozenset({408, 429, *range(500, 600)})

# A service that restarts is back in about 3 s, an engine in 10: a minute outlives both, and a person still waits.
TOTAL_SECONDS = 60.0
FIRST_PAUSE_SECONDS = 0.25
# Long enough to leave a service that starts in peace, short enough that its return is noticed.
LONGEST_PAUSE_SECONDS = 8.0


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How long a call is tried in all, and how the pauses between its attempts grow; seconds.

    `total_seconds` 0: every call is tried once. No attempt begins after it, and none is given longer than what is
    left of it and what the content takes on a slow link, except the first.
    """

    total_seconds: float = TOTAL_SECONDS
    first_pause_seconds: float = FIRST_PAUSE_SECONDS
    longest_pause_seconds: float = LONGEST_PAUSE_SECONDS


class Attempts:
    """The attempts of one call. `dice` gives numbers from 0 to 1."""

    def __init__(self, policy: RetryPolicy, clock: Callable[[], float], dice: Callable[[], float]) -> None:
        self._policy = policy
        self._clock = clock
        self._dice = dice
        self._ceiling = policy.first_pause_seconds
        self._ends = clock() + policy.total_seconds

    @property
    def remaining_seconds(self) -> float:
        """What is left of the call's time."""
        return self._ends - self._clock()

    def pause(self, retry_after: float | None) -> float | None:
        """Seconds until the next attempt, at least `retry_after`; None when that would be too late.

        Spread by half, so that many who lost a service together do not come back together.
        """
        grown = self._ceiling * (0.5 + 0.5 * self._dice())
        pause = grown if retry_after is None else retry_after + grown * 0.5
        self._ceiling = min(self._ceiling * 2, self._policy.longest_pause_seconds)
        return pause if pause < self.remaining_seconds else None


def retry_after_seconds(header: str | None, now: datetime) -> float | None:
    """The seconds that a `Retry-After` header asks for, as a number or an HTTP date; None for none."""
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        instant = parsedate_to_datetime(text)
    except ValueError:
        return None
    aware = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    return max(0.0, (aware - now).total_seconds())
