"""Passwords: argon2id, beside the event loop, with a bound on how much of the machine they may take."""

import asyncio
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from schemas.problems import TooManyRequestsError

# OWASP's recommendation for argon2id (password storage cheat sheet): 19 MiB, two passes, one lane.
_MEMORY_KIB = 19_456
_PASSES = 2
_LANES = 1
# 144 bits: nobody guesses it, and base64 makes 24 characters of it without a rest.
_GENERATED_BYTES = 18
# About a second of work with the default threads: whoever came later would rather be told than wait.
_MAX_UNDER_WAY = 64


class Passwords:
    """Hashes and checks passwords in `threads` threads.

    Raises TooManyRequestsError when more are under way than can be done in about a second.
    """

    def __init__(self, threads: int) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="passwords")
        self._hasher = PasswordHasher(time_cost=_PASSES, memory_cost=_MEMORY_KIB, parallelism=_LANES)
        self._nobodys_hash = self._hasher.hash(generate())
        self._under_way = 0

    def close(self) -> None:
        """Give up what has not begun."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def hash(self, password: str) -> str:
        """The hash to keep, with its salt and parameters in it."""
        return str(await self._run(self._hasher.hash, password))

    async def matches(self, password: str, kept: str | None) -> bool:
        """Whether `password` is the one of the `kept` hash. None: nobody's, the same work, never true."""
        right = bool(await self._run(self._verify, kept or self._nobodys_hash, password))
        return right and kept is not None

    def _verify(self, kept: str, password: str) -> bool:
        try:
            return self._hasher.verify(kept, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[..., object], *arguments: str) -> object:
        if self._under_way >= _MAX_UNDER_WAY:
            raise TooManyRequestsError("too many passwords at once", retry_after=1)
        self._under_way += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work, *arguments)
        finally:
            self._under_way -= 1


def generate() -> str:
    """A new random password."""
    return secrets.token_urlsafe(_GENERATED_BYTES)
