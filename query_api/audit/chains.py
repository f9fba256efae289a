"""Judges the chains of audit blocks: whether one is missing, altered, made by somebody else, or cut off. Pure.

Blocks come in the order of their topic. One that comes again is what a writer does that was not sure, and is noted;
another one with the same number is a fault.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from uuid import UUID

from query_api.audit.sealing import is_good
from query_api.audit.store import Head
from schemas.audit import NO_HASH, ChainEnd, Sealed
from schemas.topics import AUDIT_RETENTION_DAYS

# A writer seals a block each minute, whatever happens; Kafka may have been away for a while.
SILENT_SECONDS = 300.0
# Blocks that are younger are not yet removed by the topic itself; the days are for a writer to whom Kafka was away.
_KEPT_SECONDS = (AUDIT_RETENTION_DAYS - 30) * 86_400
# Of each hash of a chain so much is remembered: to tell a block that comes again from another.
_REMEMBERED_BYTES = 16


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record is: partition and offset."""

    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of a chain. `broken`: the trail is not what was written; else it is only worth knowing."""

    what: str
    broken: bool
    chain: UUID | None = None
    place: Place | None = None


@dataclass(slots=True)
class _Chain:
    """What is known of a chain. `hash`: of the last block; None where that is not to be believed."""

    first: int
    place: Place
    began_at: float
    written_at: float
    count: int = 0
    hash: str | None = None
    closed: bool = False
    hashes: bytearray = field(default_factory=bytearray)

    @property
    def last(self) -> int:
        """The number of the last block."""
        return self.first + self.count - 1

    def add(self, hash: str | None, skipped: int = 0) -> None:
        """The next block, behind so many that are missing."""
        self.hashes += bytes(_REMEMBERED_BYTES * skipped) + _remembered(hash)
        self.count += skipped + 1
        self.hash = hash

    def has(self, sequence: int, hash: str) -> bool:
        """Whether this was the block of that number."""
        start = (sequence - self.first) * _REMEMBERED_BYTES
        return self.hashes[start : start + _REMEMBERED_BYTES] == _remembered(hash)


class Chains:
    """Takes blocks as they are read. `trusted`: the public keys of seals that are ours."""

    def __init__(self, trusted: Collection[str]) -> None:
        self._trusted = trusted
        self._chains: dict[UUID, _Chain] = {}
        self._ends: dict[UUID, ChainEnd] = {}
        self.findings: list[Finding] = []
        self.blocks = self.entries = self.repeated = 0

    def __len__(self) -> int:
        return len(self._chains)

    def unreadable(self, place: Place, why: str) -> None:
        """A record is no block."""
        self._broken(f"a record is no audit block: {why}", None, place)

    def take(self, sealed: Sealed, place: Place, written_at: float) -> None:
        """The next block. `written_at`: seconds since the epoch."""
        block = sealed.block
        self.blocks += 1
        chain = self._chains.get(block.chain)
        if not self._is_ours(sealed, place):
            # It moves the chain by its own place and no further, whatever number it bears.
            if chain is not None and block.sequence == chain.last + 1:
                chain.add(None)
            return
        if chain is None:
            chain = self._chains[block.chain] = _Chain(block.sequence, place, written_at, written_at)
            chain.hash = None if block.sequence else NO_HASH
        elif block.sequence <= chain.last:
            self._again(chain, sealed, place)
            return
        skipped = block.sequence - chain.last - 1
        if skipped:
            self._broken(f"{_blocks(chain.last + 1, block.sequence - 1)} missing", block.chain, place)
        elif chain.hash is not None and block.previous != chain.hash:
            self._broken(f"block {block.sequence} does not follow the one before it", block.chain, place)
        if chain.closed:
            self._broken(f"block {block.sequence} comes after the chain's end", block.chain, place)
        chain.add(sealed.hash, skipped)
        chain.place, chain.written_at, chain.closed = place, written_at, block.closed
        self.entries += len(block.entries)
        self._ends.update((end.chain, end) for end in block.ended)

    def end(self, heads: Iterable[Head] | None, now: float) -> list[Finding]:
        """All that was found, the ends of chains included. `heads`: how far each is known to have come, None where
        that could not be asked. `now`: seconds since the epoch.
        """
        for end in self._ends.values():
            self._held_to(end.chain, end.sequence, end.hash, "whoever wrote next")
        for head in heads or ():
            self._held_to(head.chain, head.sequence, head.hash, "Cassandra")
        for name, chain in self._chains.items():
            if chain.first:
                self._begun(name, chain, now)
            if chain.closed:
                continue
            if name in self._ends:
                self._note(f"interrupted after block {chain.last}, as its successor noted", name, chain.place)
            elif now - chain.written_at > SILENT_SECONDS:
                self._silent(name, chain, compared=heads is not None)
        return self.findings

    def _is_ours(self, sealed: Sealed, place: Place) -> bool:
        what = f"block {sealed.block.sequence}"
        if not is_good(sealed):
            self._broken(f"{what} was altered: its seal does not fit", sealed.block.chain, place)
        elif sealed.seal_key not in self._trusted:
            self._broken(f"{what} is sealed by a key that is not ours", sealed.block.chain, place)
        else:
            return True
        return False

    def _begun(self, id: UUID, chain: _Chain, now: float) -> None:
        if now - chain.began_at < _KEPT_SECONDS:
            self._broken(f"{_blocks(0, chain.first - 1)} missing at the beginning", id, chain.place)
        else:
            self._note(f"begins with block {chain.first}: the topic keeps no older ones", id, chain.place)

    def _again(self, chain: _Chain, sealed: Sealed, place: Place) -> None:
        block = sealed.block
        if block.sequence < chain.first or not chain.has(block.sequence, sealed.hash):
            self._broken(f"there is another block {block.sequence}", block.chain, place)
        else:
            self.repeated += 1
            self._note(f"block {block.sequence} comes again, as it was", block.chain, place)

    def _held_to(self, id: UUID, sequence: int, hash: str, by: str) -> None:
        chain = self._chains.get(id)
        if chain is None:
            self._broken(f"the whole chain is missing, {sequence + 1} blocks by what {by} knows", id, None)
        elif chain.last < sequence:
            cut = f"{_blocks(chain.last + 1, sequence)} missing at the end, by what {by} knows"
            self._broken(cut, id, chain.place)
        elif sequence >= chain.first and not chain.has(sequence, hash):
            self._broken(f"block {sequence} is not the one that {by} knows", id, chain.place)

    def _silent(self, id: UUID, chain: _Chain, *, compared: bool) -> None:
        ended = f"ends with block {chain.last}, without a word from its writer or whoever came after"
        if compared:
            self._note(f"{ended}; Cassandra knows of no later one", id, chain.place)
        else:
            self._broken(
                f"{ended}; whether more is missing cannot be told without Cassandra", id, chain.place
            )

    def _broken(self, what: str, chain: UUID | None, place: Place | None) -> None:
        self.findings.append(Finding(what, broken=True, chain=chain, place=place))

    def _note(self, what: str, chain: UUID, place: Place) -> None:
        self.findings.append(Finding(what, broken=False, chain=chain, place=place))


def _remembered(hash: str | None) -> bytes:
    return bytes(_REMEMBERED_BYTES) if hash is None else bytes.fromhex(hash)[:_REMEMBERED_BYTES]


def _blocks(first: int, last: int) -> str:
    return f"block {first} is" if first == last else f"blocks {first} to {last} are"
