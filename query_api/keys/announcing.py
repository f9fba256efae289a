"""Decides which keys to announce and which to withdraw on ``ecg.identity.v1``, from what it and the folder hold.

Keys of the folder that are missing there are announced, and so are those that somebody wrote over without the root of
trust. Keys that are not in the folder are withdrawn: at once where they were in it a moment ago; else, such as those of
a folder that was lost, once they have been seen for a while, since another copy may have added one that this one's disk
does not show yet.

Two folders that withdrew each other's keys would do so for ever. So whoever hears of another folder answers that it is
there as well, and for as long as another one was heard of, nobody withdraws what is its own or was never in the own
folder, but for what the own root has signed for the own folder. Both believe in their own keys then, both say what is
wrong, and an operator has to mend it.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from query_api.keys.signing import SigningKeys
from schemas.cloudevents import UndecodableEventError
from schemas.identity import KEY_PREFIX, KeyChange, PublicKey, decode_identity, folder_of, record_key
from service_kit.engines.kafka.compacted_topic import Latest

# A shared disk shows a new file to every host within this.
_STRANGE_SECONDS = 10.0
# Another folder that was not heard of for so long is gone; one that is there says so twice within it.
_HEARD_SECONDS = 600.0
_ANSWER_SECONDS = 240.0
# Another root, or somebody without any, may write over a key again and again: the log must not fill by mending it.
_MEND_SECONDS = 10.0
_KEY = KEY_PREFIX.encode()


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be written: `announce` all keys of the folder, and `withdraw` these."""

    announce: bool
    withdraw: Sequence[str]


class Announcing:
    """Decides. Instants are seconds of any clock that only grows."""

    def __init__(self, folder_id: str) -> None:
        self._folder_id = folder_id
        self._once_mine: set[str] = set()
        self._strange_since: dict[str, float] = {}
        self._others: dict[str, _Other] = {}
        self._announced_at = float("-inf")

    def heard(self, came: Sequence[Latest], now: float) -> None:
        """Take note of what has just been written."""
        known = set(self.others(now))
        for latest in came:
            folder = folder_of(latest.headers)
            if folder and folder != self._folder_id:
                first = self._others[folder].first if folder in known else now
                self._others[folder] = _Other(first, now)
                known.add(folder)

    def others(self, now: float) -> list[str]:
        """The ids of other folders that are in use."""
        return sorted(folder for folder, heard in self._others.items() if now - heard.last < _HEARD_SECONDS)

    def due(
        self,
        records: Mapping[bytes, Latest],
        overwritten: Mapping[bytes, Latest],
        mine: SigningKeys,
        now: float,
    ) -> Due:
        """What is to be said now. `records`: what the root has signed; `overwritten`: what came later without it."""
        own = {key.kid: key for key in mine.public}
        self._once_mine |= own.keys()
        believed, there = _announced(records), _announced({**records, **overwritten})
        ours = {kid for kid, found in believed.items() if found.by == self._folder_id}
        strange = (there.keys() | ours) - self._once_mine
        self._strange_since = {kid: self._strange_since.get(kid, now) for kid in strange}
        others = self.others(now)
        removed = {kid for kid in there.keys() & self._once_mine - own.keys() if there[kid].by not in others}
        removed |= ours & self._once_mine - own.keys()
        seen = {kid for kid, since in self._strange_since.items() if now - since >= _STRANGE_SECONDS}
        removed |= seen & ours if others else seen
        missing = any(kid not in believed or believed[kid].key != key for kid, key in own.items())
        hidden = (
            any(record_key(kid) in overwritten for kid in own) and now - self._announced_at >= _MEND_SECONDS
        )
        return Due(missing or hidden or self._has_to_answer(others, now), sorted(removed))

    def announced(self, now: float) -> None:
        """The keys of the folder were announced."""
        self._announced_at = now

    def _has_to_answer(self, others: Sequence[str], now: float) -> bool:
        unheard = any(self._announced_at <= self._others[folder].first for folder in others)
        return unheard or (bool(others) and now - self._announced_at > _ANSWER_SECONDS)


@dataclass(frozen=True, slots=True)
class _Other:
    """When another folder was heard of: at first without a long silence before it, and at last."""

    first: float
    last: float


@dataclass(frozen=True, slots=True)
class _Announced:
    """A key on the topic. `by`: the folder of whoever announced it, where it is known."""

    key: PublicKey
    by: str | None


def _announced(records: Mapping[bytes, Latest]) -> dict[str, _Announced]:
    found = {}
    for name, latest in records.items():
        if not name.startswith(_KEY):
            continue
        # What is no key is the business of who wrote it; every reader passes over it.
        with suppress(UndecodableEventError):
            change = decode_identity(name, latest.value)
            if isinstance(change, KeyChange) and change.key is not None:
                found[change.kid] = _Announced(change.key, folder_of(latest.headers))
    return found
