"""How much one owner may put into Kafka in a day, where it stays for thirty.

Counted in the memory of each process, as the rates are: with N copies behind a proxy an owner may send up to N times as
much, and a start forgets what was.
"""

import math
import time
from collections.abc import Callable
from uuid import UUID

from ingest_api import metrics
from schemas.problems import TooManyRequestsError
from service_kit.callers.even_pace import EvenPace

_DAY_SECONDS = 86_400.0


class DailyBytes:
    """About `per_day` bytes of events of each owner in any day; 0 for no limit."""

    def __init__(self, per_day: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds_per_byte = _DAY_SECONDS / per_day if per_day else 0.0
        self._pace = EvenPace(clock)

    def judge(self, owner_id: UUID) -> None:
        """Raise TooManyRequestsError where an owner has had their day's share: before a body is read."""
        over = self._pace.ahead(owner_id) - _DAY_SECONDS
        if over > 0:
            metrics.OVER_QUOTA.inc()
            raise TooManyRequestsError(
                "this user has sent as many bytes as are taken in a day", retry_after=math.ceil(over)
            )

    def count(self, owner_id: UUID, event_bytes: int) -> None:
        """Count what was accepted; it is taken whole, also where the share ends within it."""
        if self._seconds_per_byte:
            self._pace.add(owner_id, event_bytes * self._seconds_per_byte)
