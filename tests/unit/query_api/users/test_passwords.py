"""Passwords: right, wrong and nobody's, and never too many at once."""

import asyncio
import time
from collections.abc import Iterator

import pytest

from query_api.users.passwords import Passwords, generate
from schemas.problems import TooManyRequestsError


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    made = Passwords(threads=2)
    yield made
    made.close()


def test_a_password_matches_its_own_hash_alone(passwords: Passwords) -> None:
    async def check() -> None:
        kept = await passwords.hash("right")
        assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
        assert kept != await passwords.hash("right")
        assert await passwords.matches("right", kept)
        assert not await passwords.matches("wrong", kept)
        assert not await passwords.matches("", kept)
        assert not await passwords.matches("right", "not a hash")

    asyncio.run(check())


def test_nobodys_password_takes_the_same_work_and_never_matches(passwords: Passwords) -> None:
    async def seconds(kept: str | None) -> float:
        started = time.process_time()
        for _ in range(5):
            assert not await passwords.matches("wrong", kept)
        return time.process_time() - started

    async def check() -> None:
        kept = await passwords.hash("right")
        ratio = await seconds(None) / await seconds(kept)
        assert 0.4 < ratio < 2.5

    asyncio.run(check())


def test_too_many_at_once_are_told_to_come_back(passwords: Passwords) -> None:
    async def check() -> None:
        outcomes = await asyncio.gather(
            *(passwords.matches("wrong", None) for _ in range(80)), return_exceptions=True
        )
        refused = [one for one in outcomes if isinstance(one, TooManyRequestsError)]
        assert 0 < len(refused) < 80
        assert all(one.retry_after == 1 for one in refused)
        assert outcomes.count(False) + len(refused) == 80
        assert not await passwords.matches("wrong", None)

    asyncio.run(check())


def test_the_loop_stays_free_meanwhile(passwords: Passwords) -> None:
    async def check() -> None:
        work = asyncio.gather(*(passwords.matches("wrong", None) for _ in range(4)))
        turns = 0
        while not work.done():
            await asyncio.sleep(0.001)
            turns += 1
        assert turns > 5

    asyncio.run(check())


def test_generated_passwords_differ_and_are_long() -> None:
    assert len({generate() for _ in range(100)}) == 100
    assert len(generate()) == 24
