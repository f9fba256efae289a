"""Passwords: right, wrong and nobody's, and those who flood wait for themselves."""

import asyncio
import threading
from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher, extract_parameters

from query_api.users.passwords import Passwords, generate
from schemas.problems import InvalidError, TooManyRequestsError

LIMIT_SECONDS = 30.0


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


def test_nobodys_password_takes_the_same_work_and_never_matches(
    passwords: Passwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified = []
    verify = PasswordHasher.verify

    def noted(self: PasswordHasher, kept: str, password: str) -> bool:
        verified.append(extract_parameters(kept))
        return verify(self, kept, password)

    monkeypatch.setattr(PasswordHasher, "verify", noted)

    async def check() -> None:
        kept = await passwords.hash("right")
        assert not await passwords.matches("wrong", kept)
        assert not await passwords.matches("wrong", None)

    asyncio.run(check())
    somebodys, nobodys = verified
    assert somebodys == nobodys


def test_one_password_however_unicode_writes_it(passwords: Passwords) -> None:
    async def check() -> None:
        kept = await passwords.hash(
            "Gr\N{LATIN SMALL LETTER U WITH DIAERESIS}n wie \N{LATIN SMALL LIGATURE FI}ne"
        )
        assert await passwords.matches("Gru\N{COMBINING DIAERESIS}n wie fine", kept)

    asyncio.run(check())


def test_what_is_chosen_is_judged_by_whose_it_is() -> None:
    ours = Passwords(threads=1, words="Brightwater, Oleander")

    async def check() -> None:
        for password in ("brightwater-oleander", "ann.de.vries 2026"):
            with pytest.raises(InvalidError) as refused:
                await ours.hash_chosen(password, "ann.de.vries@example.com")
            assert [error.pointer for error in refused.value.errors] == ["/password"]
            assert password not in str(refused.value.members())
        kept = await ours.hash_chosen("violet walrus brightwater", "ann@example.com")
        assert await ours.matches("violet walrus brightwater", kept)

    asyncio.run(check())
    ours.close()


def test_who_floods_is_told_to_come_back_and_others_are_next(
    passwords: Passwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []

    async def judged(owner: str) -> None:
        async with passwords.turn(owner):
            begun.append(owner)
            await passwords.matches("wrong", None)

    async def check() -> None:
        guessers = asyncio.gather(*(judged("guesser") for _ in range(80)), return_exceptions=True)
        await asyncio.sleep(0)
        await asyncio.gather(judged("ann"), judged("bea"))
        assert {"ann", "bea"} <= {*begun[:8]}
        refused = [one for one in await guessers if isinstance(one, TooManyRequestsError)]
        assert [one.retry_after for one in refused] == [1] * 48
        await judged("guesser")

    asyncio.run(check())


def test_the_loop_stays_free_meanwhile(passwords: Passwords, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = threading.Event()

    def held(self: PasswordHasher, kept: str, password: str) -> bool:
        return seen.wait(LIMIT_SECONDS)

    monkeypatch.setattr(PasswordHasher, "verify", held)

    async def check() -> None:
        work = asyncio.create_task(passwords.matches("right", "held"))
        await asyncio.sleep(0)
        seen.set()
        assert await work

    asyncio.run(check())


def test_generated_passwords_differ_and_are_long() -> None:
    assert len({generate() for _ in range(100)}) == 100
    assert len(generate()) == 24
