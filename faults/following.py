"""Follows accepted uploads into Cassandra while faults go on: how many wait, and how long a recovery takes."""

import asyncio
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from faults.ledger import Ledger
from faults.stored import Stored
from service_kit.engines.errors import EngineAwayError

LOOK_EVERY_SECONDS = 0.25
# Younger than this, an upload that waits is an upload under way.
UNDER_WAY_SECONDS = 1.5
# Each look asks for the oldest that wait; a backlog is not read whole four times a second.
LOOKED_AT = 200

Place = tuple[str, str]
Holds = Callable[[], bool]


class NotRecoveredError(Exception):
    """The system did not become normal again in the time it was given."""


class Following:
    """Looks, inside its block, for every accepted upload of the ledger until it is stored."""

    def __init__(self, cassandra: str, ledger: Ledger) -> None:
        self._stored = Stored(cassandra)
        self._ledger = ledger
        self._accepted_at: dict[Place, float] = {}
        self._stored_at: dict[Place, float] = {}
        self._seen = 0
        self._open: list[int] = []
        self._looking: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self._stored.open()
        self._looking = asyncio.create_task(self._look_on())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)
        await self._stored.close()

    @property
    def accepted(self) -> int:
        """Uploads that got a 202."""
        self._take_in()
        return len(self._accepted_at)

    @property
    def stored(self) -> int:
        """Of these, how many have a row."""
        return len(self._stored_at)

    def waiting(self, *, older_than: float = 0.0) -> int:
        """Accepted uploads without a row that were accepted more than so many seconds ago."""
        self._take_in()
        latest = time.monotonic() - older_than
        return sum(
            1 for place, at in self._accepted_at.items() if place not in self._stored_at and at <= latest
        )

    def missing(self, before: float) -> list[Place]:
        """What was accepted before this moment and has no row."""
        self._take_in()
        return [
            place for place, at in self._accepted_at.items() if at < before and place not in self._stored_at
        ]

    def give_up(self, place: Place) -> None:
        """Wait no longer for a row of this upload."""
        self._accepted_at.pop(place, None)

    def stored_since(self, since: float) -> list[Place]:
        """What was accepted after this moment and is stored."""
        return [place for place in self._stored_at if self._accepted_at.get(place, 0.0) > since]

    async def recovered(self, since: float, *, limit_seconds: float) -> float:
        """Seconds from `since`, of the monotonic clock, until all is normal: an upload that was accepted later is
        stored, and none that was accepted more than a moment ago waits. Raises NotRecoveredError.
        """
        return await self._reached(lambda: self._is_normal(since), since, limit_seconds, "normal again")

    async def settled(self, *, limit_seconds: float) -> float:
        """Seconds until no accepted upload waits. Raises NotRecoveredError."""
        now = time.monotonic()
        return await self._reached(lambda: self.waiting() == 0, now, limit_seconds, "settled")

    def _is_normal(self, since: float) -> bool:
        if self.waiting(older_than=UNDER_WAY_SECONDS):
            return False
        return bool(self.stored_since(since))

    async def _reached(self, holds: Holds, since: float, limit_seconds: float, what: str) -> float:
        end = time.monotonic() + limit_seconds
        while not holds():
            if self._looking is not None and self._looking.done():
                # Nothing would be seen any more; what ended it is what is to be told.
                self._looking.result()
            if time.monotonic() > end:
                raise NotRecoveredError(f"not {what} after {limit_seconds:.0f} s, {self.waiting()} waiting")
            await asyncio.sleep(LOOK_EVERY_SECONDS)
        return time.monotonic() - since

    def _take_in(self) -> None:
        uploads = self._ledger.uploads
        self._open += range(self._seen, len(uploads))
        self._seen = len(uploads)
        still: list[int] = []
        for number in self._open:
            upload = uploads[number]
            if upload.accepted:
                if upload.told is not None:
                    continue
                first = upload.accepted[0]
                self._accepted_at[upload.sender.id, upload.ecg_id] = first.began + first.seconds
            else:
                still.append(number)
        self._open = still

    async def _look_on(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_SECONDS)
            self._take_in()
            waiting = [place for place in self._accepted_at if place not in self._stored_at][:LOOKED_AT]
            try:
                rows = await self._stored.rows(waiting)
            except EngineAwayError:
                continue
            now = time.monotonic()
            self._stored_at |= {place: now for place, found in rows.items() if found}
