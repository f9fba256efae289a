"""Two contents under one id, sent to one host after the other: the first in the log is the answer and stays it."""

import asyncio
import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from faults.ledger import Sender
from faults.recordings import made

SAMPLES = 60
# The second content differs by so many crossings.
FIRST, SECOND = 7, 31
ANSWER_LIMIT_SECONDS = 60.0
POLL_SECONDS = 0.5


@dataclass(slots=True)
class Contests:
    """Contests of one sender, who has no other ECGs. `urls`: the hosts, of which each is first and second in turn."""

    query_url: str
    urls: Sequence[str]
    sender: Sender
    prefix: str
    ids: list[str] = field(default_factory=list)
    received: set[str] = field(default_factory=set)
    _since: str = "1970-01-01T00:00:00Z"
    _undecided: list[str] = field(default_factory=list)

    async def hold(self, number: int) -> None:
        """Hold so many. Raises httpx.HTTPStatusError where one of the two is not taken."""
        pairs = itertools.cycle(itertools.permutations(self.urls, 2))
        async with self._http() as http:
            for count, (one, other) in zip(range(number), pairs, strict=False):
                ecg_id = f"{self.prefix}-{len(self.ids):04d}"
                for url, crossings in ((one, FIRST), (other, SECOND)):
                    body = made(count, {"II": SAMPLES}, crossings).body(ecg_id)
                    sent = await http.post(
                        f"{url}/v1/ecgs", content=body, headers={"Content-Type": "application/json"}
                    )
                    sent.raise_for_status()
                self.ids.append(ecg_id)

    async def visit(self) -> None:
        """Ask what arrived since the last visit, as an application would."""
        async with self._http() as http:
            following: str | None = f"/v1/ecgs?received_after={self._since}"
            while following is not None:
                page = (await http.get(self.query_url + following)).raise_for_status().json()
                self.received |= {item["id"] for item in page["items"]}
                self._since = max([self._since, *(item["received_at"] for item in page["items"])])
                following = page["next"]

    async def decided(self) -> None:
        """Give every contest the time to be decided, and look whether each was by the first in the log."""
        async with self._http() as http:
            told = await asyncio.gather(*(self._decided(http, ecg_id) for ecg_id in self.ids))
        self._undecided = [what for what in told if what is not None]

    @property
    def wrong(self) -> list[str]:
        """What did not hold, one sentence each."""
        missed = len(set(self.ids) - self.received)
        return [*self._undecided, *([f"{missed} ECGs are missing in the list by arrival"] if missed else [])]

    async def _decided(self, http: httpx.AsyncClient, ecg_id: str) -> str | None:
        end, value, conflicts = time.monotonic() + ANSWER_LIMIT_SECONDS, None, 0
        while time.monotonic() < end:
            answer = await http.get(f"{self.query_url}/v1/ecgs/{ecg_id}/insights")
            if answer.status_code == httpx.codes.OK:
                told: dict[str, Any] = answer.json()
                value, conflicts = told["insights"][0]["leads"][0]["value"], len(told.get("conflicts", ()))
                if conflicts:
                    break
            await asyncio.sleep(POLL_SECONDS)
        if (value, conflicts) == (FIRST, 1):
            return None
        return f"{ecg_id}: the answer is {value}, not that of the first, and {conflicts} conflicts are shown"

    def _http(self) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {self.sender.token}"}
        return httpx.AsyncClient(trust_env=False, timeout=60, headers=headers)
