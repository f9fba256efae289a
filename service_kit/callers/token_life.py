"""Judges a token's times: not before it was given, not after it has expired, and never for longer than any is given.

Hosts' clocks differ: a minute, either way, makes no difference. Beyond that the error says by how much, since a
device that signs in again gets a token that is as untimely as the one it had.
"""

from collections.abc import Mapping
from math import isfinite
from typing import Literal

LEEWAY_SECONDS = 60

Why = Literal["expired", "not_yet_valid", "too_long"]


class UntimelyError(Exception):
    """Not this token's time. `seconds`: how far it is from its time, or how long it wants to live."""

    def __init__(self, why: Why, seconds: float) -> None:
        super().__init__(why, seconds)
        self.why: Why = why
        self.seconds = seconds


def believed_until(claims: Mapping[str, object], now: float, *, longest: float) -> float:
    """The instant, by this host's clock, from which these claims of a good signature hold no longer.

    Instants are in seconds since the epoch. `longest`: seconds that such a token is given to live, at most. Raises
    UntimelyError, and ValueError where an instant is none.
    """
    issued, expires = _instant(claims["iat"]), _instant(claims["exp"])
    begins = max(issued, _instant(claims["nbf"])) if "nbf" in claims else issued
    if expires - issued > longest + LEEWAY_SECONDS:
        raise UntimelyError("too_long", expires - issued)
    if begins > now + LEEWAY_SECONDS:
        raise UntimelyError("not_yet_valid", begins - now)
    if expires <= now - LEEWAY_SECONDS:
        raise UntimelyError("expired", now - expires)
    return expires + LEEWAY_SECONDS


def _instant(claim: object) -> float:
    if isinstance(claim, bool) or not isinstance(claim, int | float) or not isfinite(claim):
        raise ValueError("not an instant")
    return float(claim)
