"""Says once in a while what goes on and on: a log that repeats a fault at each request hides all others."""

import time
from collections.abc import Hashable

# Often enough for whoever looks at a log to see that it still goes on.
_EVERY_SECONDS = 60.0


class LogLimit:
    """Counts what happens, each thing apart, and says when it may be told again."""

    def __init__(self, every_seconds: float = _EVERY_SECONDS) -> None:
        self._every_seconds = every_seconds
        self._told_at: dict[Hashable, float] = {}
        self._untold: dict[Hashable, int] = {}

    def count(self, what: Hashable) -> int:
        """It happened: how often since it was last told, this time included; 0 where it was told a moment ago."""
        now = time.monotonic()
        times = self._untold.pop(what, 0) + 1
        if now - self._told_at.get(what, float("-inf")) < self._every_seconds:
            self._untold[what] = times
            return 0
        self._told_at[what] = now
        return times
