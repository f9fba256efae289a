"""A queue for a few places that many share: owners in turn, and each owner's own in order.

However many one owner has waiting, another's first waits for no more than one of them.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager


class Turns:
    """So many `places`, each held by one at a time."""

    def __init__(self, places: int) -> None:
        self._free = places
        # In the order in which the owners are next.
        self._waiting: dict[Hashable, deque[asyncio.Future[None]]] = {}

    @property
    def waiting(self) -> int:
        """How many wait."""
        return sum(not called.cancelled() for own in self._waiting.values() for called in own)

    @asynccontextmanager
    async def turn(self, owner: Hashable) -> AsyncIterator[None]:
        """A place inside the block, after a wait where there is none."""
        if self._free:
            self._free -= 1
        else:
            await self._wait(owner)
        try:
            yield
        finally:
            self._pass_on()

    async def _wait(self, owner: Hashable) -> None:
        called = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(owner, deque()).append(called)
        try:
            await called
        except asyncio.CancelledError:
            if not called.cancelled():
                self._pass_on()
            raise

    def _pass_on(self) -> None:
        while self._waiting:
            owner, own = next(iter(self._waiting.items()))
            called = own.popleft()
            # At the end of the owners, if there is more of this one.
            del self._waiting[owner]
            if own:
                self._waiting[owner] = own
            # Who does not wait any more is passed over.
            if not called.cancelled():
                called.set_result(None)
                return
        self._free += 1
