"""Attempts to sign in, counted in Cassandra, so that the limits hold over all processes and after a restart.

An attempt is written before the password is judged, and then asked again how many were before it: however many come at
once, each is counted by the next. One that was right is taken back. No address, of either kind, is kept as it is.
"""

import hashlib
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from query_api.users.attempt_rules import ACCOUNT, ACCOUNT_AT_ADDRESS, Rule
from schemas.problems import TooManyRequestsError
from service_kit.engines.cassandra.database import Database, Row, Statement

TABLES = ("sign_in_attempts", "sign_in_places")

_KNOWN = Statement("SELECT place FROM sign_in_places WHERE place = ?")
_ADD_KNOWN = Statement("INSERT INTO sign_in_places (place) VALUES (?)")
_TRIED = Statement("SELECT slot, tried_at FROM sign_in_attempts WHERE counter = ?")
_ADD = Statement("INSERT INTO sign_in_attempts (counter, slot, tried_at) VALUES (?, ?, ?)")
_TAKE_BACK = Statement("DELETE FROM sign_in_attempts WHERE counter = ? AND slot = ?")
_FORGET = Statement("DELETE FROM sign_in_attempts WHERE counter = ?")
# Far more than any rule lets in before the first of them end.
_SLOTS = 256


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt. `counters`: where it counts, by which rule. `place`: of the account at its address.

    `who`: who shares what there is with others, as far as is known before the password is judged.
    """

    counters: Mapping[str, Rule]
    place: str
    who: str
    slot: int


class Attempts:
    """Every method raises EngineAwayError while Cassandra is away."""

    def __init__(self, database: Database, free_of_an_address: int) -> None:
        self._database = database
        self._of_an_address = Rule(free_of_an_address)

    async def announce(self, email: str | None, address: str | None) -> Attempt:
        """An attempt for the account of this normalised e-mail address (None: it was none), from a caller's address
        (None: not known). Nothing is written yet.

        Raises TooManyRequestsError where it is not taken, whether there is such an account or not.
        """
        place, account, caller = (
            _name(email or "", address or ""),
            _name(email or ""),
            _name("", address or ""),
        )
        known, *found = await self._database.execute_all(
            [(_KNOWN, (place,)), *((_TRIED, (counter,)) for counter in (place, account, caller))]
        )
        rules = {place: ACCOUNT_AT_ADDRESS}
        if not known and email is not None:
            rules[account] = ACCOUNT
        if not known and address is not None:
            rules[caller] = self._of_an_address
        tried = dict(zip((place, account, caller), found, strict=True))
        _judge({counter: tried[counter] for counter in rules}, rules, now=_now())
        taken = {row["slot"] for counter in rules for row in tried[counter]}
        slot = secrets.choice([slot for slot in range(_SLOTS) if slot not in taken] or [0])
        return Attempt(rules, place, place if known else caller, slot)

    async def begin(self, attempt: Attempt) -> None:
        """Count it, right before its password is judged. Raises TooManyRequestsError where others were quicker."""
        now = _now()
        await self._database.execute_all(
            [(_ADD, (counter, attempt.slot, now)) for counter in attempt.counters]
        )
        found = await self._database.execute_all([(_TRIED, (counter,)) for counter in attempt.counters])
        mine = now, attempt.slot
        before = [[row for row in rows if (row["tried_at"], row["slot"]) < mine] for rows in found]
        try:
            _judge(dict(zip(attempt.counters, before, strict=True)), attempt.counters, now=now)
        except TooManyRequestsError:
            await self._take_back(attempt)
            raise

    async def was_right(self, attempt: Attempt) -> None:
        """The password was right: what was wrong before it at this place is forgotten, and the place is known."""
        await self._take_back(attempt)
        await self._know(attempt.place)

    async def welcome(self, email: str, address: str | None) -> None:
        """Somebody has proved in another way that the account of this normalised e-mail address is theirs."""
        await self._know(_name(email, address or ""))

    async def _know(self, place: str) -> None:
        await self._database.execute_all([(_FORGET, (place,)), (_ADD_KNOWN, (place,))])

    async def _take_back(self, attempt: Attempt) -> None:
        await self._database.execute_all(
            [(_TAKE_BACK, (counter, attempt.slot)) for counter in attempt.counters]
        )


def _judge(tried: Mapping[str, Sequence[Row]], rules: Mapping[str, Rule], *, now: int) -> None:
    wait = max(rule.wait([row["tried_at"] for row in tried[counter]], now) for counter, rule in rules.items())
    if wait:
        raise TooManyRequestsError("too many wrong passwords; the wait grows with each", retry_after=wait)


def _name(*parts: str) -> str:
    """The name of a counter: what is typed as an address may be anything, so that it is not kept as it is."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _now() -> int:
    return time.time_ns() // 1000
