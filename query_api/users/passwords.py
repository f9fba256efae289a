"""Passwords: argon2id, beside the event loop, with a bound on what they take of the machine, shared by who asks.

NIST SP 800-63B, section 3.1.1.2: what is written in two ways of Unicode is one password, all of it counts, and nothing
is asked of it but a length and not to be easily guessed.
"""

import asyncio
import secrets
import unicodedata
from collections.abc import AsyncIterator, Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from schemas.guessable import REFUSAL, is_easily_guessed, words_about
from schemas.problems import InvalidError, RuleError
from service_kit.callers.shares import Shares
from service_kit.callers.turns import Turns

# OWASP's recommendation for argon2id (password storage cheat sheet): 19 MiB, two passes, one lane.
_MEMORY_KIB = 19_456
_PASSES = 2
_LANES = 1
# 144 bits: nobody guesses it, and base64 makes 24 characters of it without a rest.
_GENERATED_BYTES = 18
# About a second of work with the default threads: whoever came later would rather be told than wait.
_MAX_UNDER_WAY = 64


class Passwords:
    """Hashes and checks passwords in `threads` threads. `words`: with commas between, for no password to lean on."""

    def __init__(self, threads: int, words: str = "") -> None:
        self._words = words
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="passwords")
        self._hasher = PasswordHasher(time_cost=_PASSES, memory_cost=_MEMORY_KIB, parallelism=_LANES)
        self._nobodys_hash = self._hasher.hash(generate())
        self._places = Shares(_MAX_UNDER_WAY, "passwords")
        self._turns = Turns(threads)

    def close(self) -> None:
        """Give up what has not begun."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    @asynccontextmanager
    async def turn(self, owner: Hashable) -> AsyncIterator[None]:
        """A thread's time inside the block, for whoever comes from outside: owners are served in turn.

        Raises TooManyRequestsError where this owner has more under way than they leave for others, and UnavailableError
        where all together have more than can be done in about a second.
        """
        self._places.take(owner)
        try:
            async with self._turns.turn(owner):
                yield
        finally:
            self._places.give_back(owner)

    async def hash(self, password: str) -> str:
        """The hash to keep, with its salt and parameters in it."""
        return str(await self._run(self._hasher.hash, _one_form(password)))

    async def hash_chosen(self, password: str, email: str) -> str:
        """The hash of what the user of this address has chosen. Raises InvalidError where it is easily guessed."""
        known = words_about(email, self._words)
        if await self._run(is_easily_guessed, password, known):
            raise InvalidError([RuleError(REFUSAL, pointer="/password")])
        return await self.hash(password)

    async def matches(self, password: str, kept: str | None) -> bool:
        """Whether `password` is the one of the `kept` hash. None: nobody's, the same work, never true."""
        right = bool(await self._run(self._verify, kept or self._nobodys_hash, _one_form(password)))
        return right and kept is not None

    def _verify(self, kept: str, password: str) -> bool:
        try:
            return self._hasher.verify(kept, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[..., object], *arguments: object) -> object:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work, *arguments)


def generate() -> str:
    """A new random password."""
    return secrets.token_urlsafe(_GENERATED_BYTES)


def _one_form(password: str) -> str:
    return unicodedata.normalize("NFKC", password)
