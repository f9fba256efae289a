"""What was fetched from the provider, and is kept for a while."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from query_api.oidc.calls import ProviderAwayError, away

# A key that the provider has taken back is believed for no longer while the provider answers,
FRESH_SECONDS = 600.0
# and for no longer while it does not.
STALE_SECONDS = 3_600.0
# However many bring a key that nobody knows, the provider is asked no more often.
AGAIN_SECONDS = 10.0
# Meanwhile nobody waits for one who did not answer.
AWAY_SECONDS = 2.0

T = TypeVar("T")


class Remembered(Generic[T]):
    """The last of what `fetch` brought. One fetches, and all who come meanwhile wait for the same."""

    def __init__(
        self, what: str, fetch: Callable[[], Awaitable[T]], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._what = what
        self._fetch = fetch
        self._clock = clock
        self._lock = asyncio.Lock()
        self._value: T | None = None
        self._fetched_at = self._failed_at = float("-inf")

    async def get(self) -> T:
        """It, fetched a while ago at most. Raises ProviderAwayError where there is none that may be used still."""
        return await self._last(FRESH_SECONDS, STALE_SECONDS)

    async def renewed(self) -> T:
        """It, fetched just now, unless that was done seconds ago. Raises ProviderAwayError."""
        return await self._last(AGAIN_SECONDS, AGAIN_SECONDS)

    async def _last(self, fresh_seconds: float, bearable_seconds: float) -> T:
        if self._value is not None and self._age() < fresh_seconds:
            return self._value
        async with self._lock:
            age = self._age()
            if self._value is not None and age < fresh_seconds:
                return self._value
            if self._clock() - self._failed_at >= AWAY_SECONDS:
                try:
                    self._value = await self._fetch()
                except ProviderAwayError:
                    self._failed_at = self._clock()
                else:
                    self._fetched_at = self._clock()
                    return self._value
            if self._value is None or age >= bearable_seconds:
                raise away(f"it does not tell its {self._what}")
            return self._value

    def _age(self) -> float:
        return self._clock() - self._fetched_at
