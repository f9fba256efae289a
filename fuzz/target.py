"""What is tried: a reader of bytes that others have written, and the errors by which it refuses them."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

Refusals = tuple[type[Exception], ...]


@dataclass(frozen=True, slots=True)
class Target:
    """`read` takes bytes, or raises one of `refusals`; `seeds` are good ones."""

    read: Callable[[bytes], object]
    refusals: Refusals
    seeds: tuple[bytes, ...]

    def try_one(self, data: bytes) -> None:
        """Read them. Raises what nobody foresaw."""
        with suppress(*self.refusals):
            self.read(data)
