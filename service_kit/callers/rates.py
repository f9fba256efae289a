"""How fast one user may ask: so that a device gone wild slows down itself and nobody else.

Counted in the memory of each process, and forgotten when it ends: with N copies of a service behind a proxy, a
user gets up to N times the rate. What has to hold over all copies belongs in the proxy.
"""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from service_kit.callers.even_pace import EvenPace

# Requests may come all at once for as much as this long would allow: devices send together what a time without
# a network has left.
WINDOW_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Allowance:
    """What became of a request. `headers` tell what is left; `retry_after`: seconds, where it is refused."""

    headers: Mapping[str, str]
    retry_after: int | None = None


class RateLimiter:
    """At most `per_second` requests of each user on average; 0 for no limit."""

    def __init__(self, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = per_second
        self._pace = EvenPace(clock)
        # The fields of the IETF's draft, RateLimit header fields for HTTP.
        self._policy = f'"user";q={self._requests(WINDOW_SECONDS)};w={WINDOW_SECONDS}'

    def take(self, user_id: UUID) -> Allowance:
        """Count a request of a user, or refuse it; what is refused is not counted."""
        if not self._rate:
            return Allowance({})
        busy_seconds = self._pace.ahead(user_id)
        if not self._requests(WINDOW_SECONDS - busy_seconds):
            wait = busy_seconds + 1 / self._rate - WINDOW_SECONDS
            return Allowance(self._headers(busy_seconds), max(1, math.ceil(wait)))
        self._pace.add(user_id, 1 / self._rate)
        return Allowance(self._headers(busy_seconds + 1 / self._rate))

    def _headers(self, busy_seconds: float) -> Mapping[str, str]:
        left = self._requests(WINDOW_SECONDS - busy_seconds)
        told = f'"user";r={left};t={math.ceil(busy_seconds)}'
        return {"ratelimit-policy": self._policy, "ratelimit": told}

    def _requests(self, seconds: float) -> int:
        """How many requests fit into a time; fractions of seconds add up to a little more or less."""
        return max(0, math.floor(seconds * self._rate + 1e-3))
