"""Every way to change a chain is found, and named by its place; what writers do by themselves is not taken for one."""

import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest

from query_api.audit.chains import SILENT_SECONDS, Chains, Finding, Place
from query_api.audit.journal import Journal
from query_api.audit.sealing import Seal
from query_api.audit.store import Head
from schemas.audit import ChainEnd, Sealed
from schemas.topics import AUDIT_RETENTION_DAYS
from tests.unit.query_api.audit.writing import block, chain, entry, sealed

NOW = time.time()


@pytest.fixture
def seal(tmp_path: Path) -> Seal:
    return Seal(tmp_path / "keys")


def judged(
    seal: Seal,
    blocks: Sequence[Sealed],
    *,
    heads: Iterable[Head] | None = (),
    later: float = 0.0,
) -> list[Finding]:
    chains = Chains({seal.public})
    for offset, one in enumerate(blocks):
        chains.take(one, Place(3, offset), NOW)
    return chains.end(heads, NOW + later)


def broken(findings: Iterable[Finding]) -> list[tuple[str, int | None]]:
    return [(one.what, None if one.place is None else one.place.offset) for one in findings if one.broken]


def test_a_whole_chain_is_sound(tmp_path: Path, seal: Seal) -> None:
    assert judged(seal, chain(tmp_path, seal, 5, closed=True), later=SILENT_SECONDS * 2) == []


def test_a_block_that_comes_again_is_noted_and_no_fault(tmp_path: Path, seal: Seal) -> None:
    blocks = chain(tmp_path, seal, 5)
    found = judged(seal, [*blocks[:4], *blocks[2:4], *blocks[4:], blocks[0]])
    assert [(one.broken, one.what) for one in found] == [
        (False, f"block {number} comes again, as it was") for number in (2, 3, 0)
    ]


def test_blocks_in_another_order_are_named(tmp_path: Path, seal: Seal) -> None:
    first, second, third, last = chain(tmp_path, seal, 4)
    assert broken(judged(seal, [first, third, second, last])) == [
        ("block 1 is missing", 1),
        ("there is another block 1", 2),
    ]


@pytest.mark.parametrize("removed", [slice(1, 2), slice(2, 3), slice(1, 4)])
def test_missing_blocks_are_named(tmp_path: Path, seal: Seal, removed: slice) -> None:
    blocks = chain(tmp_path, seal, 6)
    del blocks[removed]
    first, last = removed.start, removed.stop - 1
    what = f"block {first} is missing" if first == last else f"blocks {first} to {last} are missing"
    assert broken(judged(seal, blocks)) == [(what, first)]


def test_a_beginning_may_be_missing_only_where_the_topic_keeps_it_no_longer(
    tmp_path: Path, seal: Seal
) -> None:
    blocks = chain(tmp_path, seal, 6, closed=True)[3:]
    assert broken(judged(seal, blocks)) == [("blocks 0 to 2 are missing at the beginning", 2)]
    (found,) = judged(seal, blocks, later=AUDIT_RETENTION_DAYS * 86_400)
    assert (found.broken, found.what) == (False, "begins with block 3: the topic keeps no older ones")


def test_an_altered_block_is_named(tmp_path: Path, seal: Seal) -> None:
    blocks = chain(tmp_path, seal, 5)
    altered = blocks[2].value.replace(b"ecg-2", b"ecg-9")
    blocks[2] = Sealed(altered, blocks[2].block, blocks[2].seal, blocks[2].seal_key)
    assert broken(judged(seal, blocks)) == [("block 2 was altered: its seal does not fit", 2)]


def test_a_block_of_somebody_elses_is_named(tmp_path: Path, seal: Seal) -> None:
    blocks = chain(tmp_path, seal, 3)
    blocks[1] = sealed(Seal(tmp_path / "other"), blocks[1].value)
    foreign = chain(tmp_path, Seal(tmp_path / "other"), 1)
    what = "is sealed by a key that is not ours"
    assert broken(judged(seal, [*blocks, *foreign])) == [(f"block 1 {what}", 1), (f"block 0 {what}", 3)]


def test_a_chain_that_was_written_anew_from_some_block_on_is_named(tmp_path: Path, seal: Seal) -> None:
    """By whoever has the key of the seal."""
    blocks = chain(tmp_path, seal, 3)
    other = msgspec.structs.replace(blocks[1].block, entries=(entry("another"),))
    forked = sealed(seal, msgspec.json.encode(other))
    assert broken(judged(seal, [blocks[0], forked, blocks[2]])) == [
        ("block 2 does not follow the one before it", 2)
    ]
    assert broken(judged(seal, [*blocks, forked])) == [("there is another block 1", 3)]


def test_a_block_behind_the_end_is_named(tmp_path: Path, seal: Seal) -> None:
    journal = Journal(tmp_path, uuid4())
    blocks = [sealed(seal, block(journal, closed=closed).path.read_bytes()) for closed in (True, False)]
    assert broken(judged(seal, blocks)) == [("block 1 comes after the chain's end", 1)]


def test_a_tail_is_missed_by_whoever_wrote_next(tmp_path: Path, seal: Seal) -> None:
    blocks = chain(tmp_path, seal, 4)
    end = ChainEnd(blocks[3].block.chain, 3, blocks[3].hash)
    journal = Journal(tmp_path, uuid4())
    after = sealed(seal, block(journal, ended=(end,), closed=True).path.read_bytes())
    whole = judged(seal, [*blocks, after], later=SILENT_SECONDS * 2)
    assert [(one.broken, one.what) for one in whole] == [
        (False, "interrupted after block 3, as its successor noted")
    ]
    assert broken(judged(seal, [*blocks[:2], after])) == [
        ("blocks 2 to 3 are missing at the end, by what whoever wrote next knows", 1)
    ]
    assert broken(judged(seal, [after])) == [
        ("the whole chain is missing, 4 blocks by what whoever wrote next knows", None)
    ]


def test_a_tail_is_missed_by_cassandra(tmp_path: Path, seal: Seal) -> None:
    blocks = chain(tmp_path, seal, 4)
    head = Head(blocks[3].block.chain, 3, blocks[3].hash)
    assert judged(seal, blocks, heads=[head]) == []
    assert broken(judged(seal, blocks[:3], heads=[head])) == [
        ("block 3 is missing at the end, by what Cassandra knows", 2)
    ]
    wrong = Head(blocks[2].block.chain, 2, blocks[3].hash)
    assert broken(judged(seal, blocks, heads=[wrong])) == [("block 2 is not the one that Cassandra knows", 3)]


def test_a_chain_that_fell_silent_is_told_and_without_cassandra_is_a_fault(
    tmp_path: Path, seal: Seal
) -> None:
    blocks = chain(tmp_path, seal, 2)
    assert judged(seal, blocks, heads=None) == []
    (told,) = judged(seal, blocks, later=SILENT_SECONDS * 2)
    assert not told.broken
    (fault,) = judged(seal, blocks, heads=None, later=SILENT_SECONDS * 2)
    assert fault.broken


def test_a_record_that_is_no_block_is_named(seal: Seal) -> None:
    chains = Chains({seal.public})
    chains.unreadable(Place(0, 7), "header ce_seal is missing")
    assert broken(chains.end((), NOW)) == [("a record is no audit block: header ce_seal is missing", 7)]
