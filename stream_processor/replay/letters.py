"""Dead letters as an operator sees them: pure, from records to one line for each event that died.

An event that is put back and dies again is a second dead letter of the same original, so the two are one letter here,
with two deaths, and what is put back is one event. A letter is

- `ready` when this version of the processor would now take its event,
- `poison` when its event would die again,
- `computed` when its rows are there,
- `foreign` when it is from no place of the upload topic: what a letter names as its origin is not believed so far
  that it could plant a key among the public keys.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from schemas.cloudevents import Headers, UndecodableEventError
from schemas.dead_letters import DeadLetter, decode_dead_letter, original_headers
from schemas.positions import NO_POSITION
from schemas.topics import UPLOADED
from schemas.uploaded import Provenance, decode_provenance
from stream_processor.outcomes import Received, outcome_of

State = Literal["ready", "poison", "computed", "foreign"]
# partition and offset in the topic of dead letters
At = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Letter:
    """What is told of a dead letter; the bytes stay in Kafka, at `at`.

    `time`: of its last death, in µs since the epoch. `size`: of key, value and headers, in bytes. `origin`: whose it
    is, where its headers say so. `partition` and `offset`: where on `topic` it was when it last died; `places`: where
    it ever was. `event`: the same for events of the same original.
    """

    reason: str
    time: int
    topic: str
    partition: int
    offset: int
    size: int
    origin: Provenance | None
    state: State
    event: bytes
    at: At
    places: frozenset[int]

    @property
    def deaths(self) -> int:
        """How often the event died; more than once after it was put back in vain."""
        return len(self.places)


def letter_of(key: bytes | None, value: bytes | None, headers: Headers, at: At) -> Letter | None:
    """The letter of a record; None where the record does not say why it is one."""
    try:
        dead = decode_dead_letter(key, value, headers)
    except ValueError:
        return None
    parts = [key or b"", value or b""] + [
        part or b"" for header in original_headers(dead) for part in _bytes(header)
    ]
    return Letter(
        reason=dead.reason,
        time=dead.time,
        topic=dead.topic,
        partition=dead.partition,
        offset=dead.offset,
        size=sum(map(len, parts)),
        origin=_origin(dead),
        state=_state(dead),
        event=_digest([f"{dead.topic}/{dead.partition}".encode(), *parts]),
        at=at,
        places=frozenset([dead.offset]),
    )


def by_event(letters: Iterable[Letter]) -> list[Letter]:
    """One letter for each event, its last death's with the places of all, in order of time."""
    found: dict[bytes, Letter] = {}
    for letter in letters:
        known = found.get(letter.event, letter)
        last = max(known, letter, key=lambda one: (one.time, one.at))
        found[letter.event] = replace(last, places=known.places | letter.places)
    return sorted(found.values(), key=lambda one: (one.time, one.at))


def _origin(dead: DeadLetter) -> Provenance | None:
    try:
        return decode_provenance(dead.headers, dead.position or NO_POSITION)
    except UndecodableEventError:
        return None


def _state(dead: DeadLetter) -> State:
    """What the processor of this version would make of the event; whether it has its rows is not known here."""
    if dead.topic != UPLOADED.name or dead.partition not in range(UPLOADED.partitions):
        return "foreign"
    event = Received(dead.topic, dead.partition, dead.offset, dead.key, dead.value, dead.headers)
    try:
        return "ready" if outcome_of(event, (), incarnation=0, now=0).poison is None else "poison"
    except Exception:  # noqa: BLE001 - what fails here fails in the processor
        return "poison"


def _bytes(header: tuple[str, bytes]) -> tuple[bytes, bytes]:
    name, value = header
    return name.encode(), value


def _digest(parts: Iterable[bytes]) -> bytes:
    """The same only for the same parts: each goes in with its length."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8))
        digest.update(part)
    return digest.digest()
