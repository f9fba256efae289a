"""Shares out what is scarce, such as places for requests: an owner may hold as much as it leaves free.

One alone gets half of everything, two get a third each, and there is always something left for the next. Owners
are users where a token says who asks, else addresses. Counted in the memory of each process.
"""

from collections.abc import Hashable
from uuid import UUID

from schemas.problems import Problem, TooManyRequestsError, UnavailableError

# What is under way is done in less than a second, or in as long as an engine takes.
_RETRY_AFTER_SECONDS = 1


def judge(own: int, free: int, what: str, *, alone: bool, whose: str = "user") -> None:
    """Raise where an owner would have `own`, and all together leave `free`. `alone`: it has nothing else.

    UnavailableError where it is too much for this process, TooManyRequestsError where it is for this owner.
    """
    if free < 0:
        raise UnavailableError(f"too many {what} are under way", retry_after=_RETRY_AFTER_SECONDS)
    if own > free and not alone:
        detail = f"too many {what} of this {whose} are under way"
        raise TooManyRequestsError(detail, retry_after=_RETRY_AFTER_SECONDS)


class Shares:
    """`limit` places, called `what` to whoever is refused. Those who hold a place in `besides` too do not count."""

    def __init__(self, limit: int, what: str, *, besides: "Shares | None" = None) -> None:
        self._limit = limit
        self._what = what
        self._besides = besides
        self._held: dict[Hashable, int] = {}
        self.total = 0

    def held(self, owner: Hashable) -> int:
        """How many places an owner has."""
        return self._held.get(owner, 0)

    def has_room(self, owner: Hashable | None) -> bool:
        """Whether an owner may take a place."""
        try:
            self._judge(owner)
        except Problem:
            return False
        return True

    def take(self, owner: Hashable | None) -> None:
        """Take a place, or raise as `judge` says. None: of no owner, who may have whatever is free."""
        self._judge(owner)
        self._held[owner] = self.held(owner) + 1
        self.total += 1

    def give_back(self, owner: Hashable | None) -> None:
        """Give back a place that was taken."""
        self.total -= 1
        self._held[owner] -= 1
        if not self._held[owner]:
            del self._held[owner]

    def _judge(self, owner: Hashable | None) -> None:
        own, total = self.held(owner) + 1, self.total + 1
        if self._besides is not None:
            own -= self._besides.held(owner)
            total -= self._besides.total
        whose = "user" if isinstance(owner, UUID) else "address"
        judge(own, self._limit - total, self._what, alone=owner is None or own <= 1, whose=whose)
