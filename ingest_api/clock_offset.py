"""How far this host's clock is from Kafka's, measured at every upload: the broker says when it wrote the event.

No upload is refused because of it, and no order depends on it. But tokens are judged by this clock, and
``accepted_at`` and the dates of ECGs that have none are its word, so it is said where it is wrong.

What is said is the least that is certain: the event was written at some moment between its sending and the answer. A
step that the clock makes afterwards is seen beside the steady clock, which makes none, so that a clock that was put
right is right at once. A step of the broker's is seen with the next upload; so that all hosts, out of service because
the one broker is wrong, get such an upload, a measurement keeps a host out of service for a minute at most.
"""

import logging
import time

from ingest_api import metrics
from service_kit.engines.errors import EngineAwayError
from service_kit.log_limits import LogLimit

_log = logging.getLogger(__name__)

# Hosts that are synchronised at all differ by milliseconds; this is what no synchronised one shows.
_WARN_SECONDS = 2.0
_HOLDS_SECONDS = 60.0


class Clock:
    """Compares this host's clock with Kafka's. Not `right` from a difference of `bound_seconds` on."""

    def __init__(self, bound_seconds: float) -> None:
        self._bound_seconds = bound_seconds
        self._ahead: float | None = None
        self._measured_at = 0.0
        # By how much the clock is ahead of the steady one; another number later is a step that it made.
        self._wall = 0.0
        self._told = LogLimit()
        metrics.CLOCK_DIFFERENCE.set_function(lambda: float("nan") if self._ahead is None else self.ahead)

    @property
    def ahead(self) -> float:
        """Seconds by which this clock is ahead of Kafka's, negative where behind; 0 where nothing is known."""
        if self._ahead is None:
            return 0.0
        return self._ahead + (time.time() - time.monotonic() - self._wall)

    def measure(self, written_at: float | None, took_seconds: float) -> None:
        """An event that took so long to be confirmed was written at this instant by the broker's clock.

        None, where the topic keeps the sender's time and not the broker's, says nothing.
        """
        if written_at is None:
            return
        wall, steady = time.time(), time.monotonic()
        most = wall - written_at
        least = most - took_seconds
        self._ahead = least if least > 0 else min(most, 0.0)
        self._measured_at, self._wall = steady, wall - steady
        difference = abs(self._ahead)
        if difference >= _WARN_SECONDS:
            self._tell(logging.ERROR if difference >= self._bound_seconds else logging.WARNING)

    async def right(self) -> bool:
        """Whether the difference is below the bound. Raises EngineAwayError that says what it is."""
        ahead = self.ahead
        recent = time.monotonic() - self._measured_at < _HOLDS_SECONDS
        if self._ahead is not None and recent and abs(ahead) >= self._bound_seconds:
            side = "ahead of" if ahead > 0 else "behind"
            raise EngineAwayError("the clock", f"this host is {abs(ahead):.0f} s {side} kafka")
        return True

    def _tell(self, level: int) -> None:
        if self._told.count(level):
            _log.log(
                level, "this host's clock and kafka's differ", extra={"seconds_ahead": round(self.ahead, 3)}
            )
