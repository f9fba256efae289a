"""Beyond so many requests at once an API refuses, shared by who asks, and operators are answered still."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from ipaddress import ip_network
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI

from service_kit.callers.addresses import Addresses
from service_kit.callers.shares import Shares
from service_kit.http.fairness import Fairness
from tests.unit.service_kit.apps import Started
from tests.unit.service_kit.callers.test_tokens import token, verifier

LIMIT = 6
ANN, BEN = uuid4(), uuid4()

Status = Callable[..., Awaitable[int]]


class Asked:
    """An application whose requests end when they are let go, and those who ask it at once."""

    def __init__(self) -> None:
        self.waits = Shares(100, "waits")
        self._go = asyncio.Event()
        self._held: list[asyncio.Task[int]] = []
        self._app = FastAPI()
        self._app.add_middleware(
            Fairness, limit=LIMIT, waits=self.waits, addresses=Addresses([ip_network("10.0.0.0/8")])
        )
        self._app.get("/v1/ecgs")(self._go.wait)
        self._app.get("/healthz")(self._at_once)
        self._app.add_middleware(Started, state={"tokens": verifier()})

    async def _at_once(self) -> None:
        return

    async def status(self, user: UUID | None = None, host: str = "192.0.2.1", path: str = "/v1/ecgs") -> int:
        headers = {} if user is None else {"authorization": f"Bearer {token(sub=str(user))}"}
        transport = httpx.ASGITransport(self._app, client=(host, 1))
        async with httpx.AsyncClient(
            transport=transport, base_url="http://service", headers=headers
        ) as client:
            answer = await client.get(path)
        assert answer.status_code == 200 or answer.headers["retry-after"] == "1"
        return answer.status_code

    async def hold(self, count: int, user: UUID | None = None, host: str = "192.0.2.1") -> None:
        """Have so many requests under way."""
        self._held += [asyncio.create_task(self.status(user, host)) for _ in range(count)]
        for _ in range(20):
            await asyncio.sleep(0)

    async def refused(self, user: UUID | None = None, host: str = "192.0.2.1") -> int | None:
        """The status of one request more, if that is refused."""
        with suppress(TimeoutError):
            async with asyncio.timeout(0.2):
                return await self.status(user, host)
        return None

    async def let_go(self) -> list[int]:
        self._go.set()
        return await asyncio.gather(*self._held)


def test_a_user_may_have_as_many_as_are_free_and_others_are_served() -> None:
    async def play() -> None:
        asked = Asked()
        await asked.hold(LIMIT // 2, ANN)
        assert await asked.refused(ANN) == 429
        await asked.hold(1, BEN)
        assert await asked.let_go() == [200] * (LIMIT // 2 + 1)
        assert await asked.status(ANN) == 200

    asyncio.run(play())


@pytest.mark.parametrize(("host", "most", "status"), [("192.0.2.1", 3, 429), ("10.1.2.3", 6, 503)])
def test_who_has_no_token_shares_by_address_and_a_proxy_has_what_is_free(
    host: str, most: int, status: int
) -> None:
    async def play() -> None:
        asked = Asked()
        await asked.hold(most, host=host)
        assert await asked.refused(host=host) == status
        assert await asked.status(path="/healthz") == 200
        assert await asked.let_go() == [200] * most

    asyncio.run(play())


def test_those_who_only_wait_do_not_count() -> None:
    async def play() -> None:
        asked = Asked()
        await asked.hold(LIMIT // 2, ANN)
        asked.waits.take(ANN)
        await asked.hold(1, ANN)
        assert await asked.refused(ANN) == 429
        assert await asked.let_go() == [200] * (LIMIT // 2 + 1)

    asyncio.run(play())
