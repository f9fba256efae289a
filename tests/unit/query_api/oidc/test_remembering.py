"""What the provider said is kept for a while, fetched once for all who wait, and outlives an absence for an hour."""

import asyncio

import pytest

from query_api.oidc.calls import ProviderAwayError
from query_api.oidc.remembering import (
    AGAIN_SECONDS,
    AWAY_SECONDS,
    FRESH_SECONDS,
    STALE_SECONDS,
    Remembered,
)


class Said:
    """A clock, and what there is to fetch: the how manieth time it was fetched, or nothing."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.times = 0
        self.away = False
        self.remembered = Remembered("number", self._fetch, clock=lambda: self.now)

    async def _fetch(self) -> int:
        self.times += 1
        await asyncio.sleep(0)
        if self.away:
            raise ProviderAwayError
        return self.times


def test_it_is_fetched_once_for_all_and_anew_after_a_while() -> None:
    async def seen() -> None:
        said = Said()
        assert await asyncio.gather(*(said.remembered.get() for _ in range(50))) == [1] * 50
        said.now += FRESH_SECONDS - 1
        assert await said.remembered.get() == 1
        said.now += 1
        assert await said.remembered.get() == 2

    asyncio.run(seen())


def test_it_is_renewed_no_more_often_than_is_good_for_the_provider() -> None:
    async def seen() -> None:
        said = Said()
        assert await said.remembered.get() == 1
        assert [await said.remembered.renewed() for _ in range(50)] == [1] * 50
        said.now += AGAIN_SECONDS
        assert await asyncio.gather(*(said.remembered.renewed() for _ in range(50))) == [2] * 50

    asyncio.run(seen())


def test_while_the_provider_is_away_the_last_holds_for_an_hour_and_few_ask() -> None:
    async def seen() -> None:
        said = Said()
        assert await said.remembered.get() == 1
        said.away = True
        said.now += FRESH_SECONDS
        assert [await said.remembered.get() for _ in range(50)] == [1] * 50
        assert said.times == 2
        # What is asked for anew has to be new: a key that is not known may be the provider's next.
        with pytest.raises(ProviderAwayError):
            await said.remembered.renewed()
        said.now += STALE_SECONDS
        for _ in range(2):
            with pytest.raises(ProviderAwayError):
                await said.remembered.get()
        assert said.times == 3
        said.away = False
        said.now += AWAY_SECONDS
        assert await said.remembered.get() == 4

    asyncio.run(seen())
