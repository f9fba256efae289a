"""Reads the newest ECGs of one user again and again, and remembers which reads failed and how long each took."""

import asyncio
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import httpx

from faults.ledger import Sender

EVERY_SECONDS = 0.1
REQUEST_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Read:
    """One read. `began`: seconds of the monotonic clock."""

    began: float
    seconds: float
    succeeded: bool


class Reading:
    """Reads inside its block, one after the other."""

    def __init__(self, query_url: str, sender: Sender) -> None:
        self.reads: list[Read] = []
        self._url = f"{query_url}/v1/ecgs?limit=10"
        self._sender = sender
        self._reading: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._reading = asyncio.create_task(self._read_on())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)

    def failed_in_a_row(self, since: float) -> int:
        """The longest row of failures since this moment: 1 is what one more try mends."""
        longest = row = 0
        for read in self.reads:
            row = 0 if read.succeeded else row + 1
            if read.began >= since:
                longest = max(longest, row)
        return longest

    def slowest(self, since: float) -> float:
        """Seconds of the slowest read since this moment."""
        return max((read.seconds for read in self.reads if read.began >= since), default=0.0)

    async def _read_on(self) -> None:
        headers = {"Authorization": f"Bearer {self._sender.token}"}
        async with httpx.AsyncClient(trust_env=False, timeout=REQUEST_SECONDS, headers=headers) as http:
            while True:
                began = time.monotonic()
                try:
                    succeeded = (await http.get(self._url)).status_code == httpx.codes.OK
                except httpx.TransportError:
                    succeeded = False
                self.reads.append(Read(began, time.monotonic() - began, succeeded))
                await asyncio.sleep(EVERY_SECONDS)
