"""What was appended is on disk as it goes to Kafka, whatever ends the process that wrote it."""

import os
from pathlib import Path
from uuid import uuid4

import pytest

from query_api.audit.abandoned import take_over
from query_api.audit.journal import CLOSED, Journal
from schemas.audit import NO_HASH, ChainEnd, decode_block, hash_of
from tests.unit.query_api.audit.writing import AT_ONCE, NOON, block, entry


def test_blocks_are_numbered_and_linked(tmp_path: Path) -> None:
    journal = Journal(tmp_path, uuid4())
    end = ChainEnd(uuid4(), 7, "a" * 64)
    values = [
        block(journal, entry("a"), entry("b"), ended=(end,)).path.read_bytes(),
        block(journal).path.read_bytes(),
        block(journal, entry("c"), closed=True).path.read_bytes(),
    ]
    first, second, third = map(decode_block, values)
    assert [one.sequence for one in (first, second, third)] == [0, 1, 2]
    assert first.previous == NO_HASH
    assert [second.previous, third.previous] == [hash_of(values[0]), hash_of(values[1])]
    assert [one.entities for one in first.entries] == [("ecg/a",), ("ecg/b",)]
    assert first.ended == (end,)
    assert second.entries == ()
    assert [one.closed for one in (first, second, third)] == [False, False, True]


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "audit", uuid4())
    path = block(journal, entry()).path
    assert [one.stat().st_mode & 0o077 for one in (path, journal.folder)] == [0, 0]


def test_a_large_batch_is_taken_in_parts(tmp_path: Path) -> None:
    journal = Journal(tmp_path, uuid4())
    journal.begin(NOON)
    assert journal.append([entry("x" * 100)] * 10, max_bytes=1_000) < 10


def test_a_disk_that_is_full_leaves_a_block_that_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk takes a part of a write, as at its end, and then room is made."""
    journal = Journal(tmp_path, uuid4())
    journal.begin(NOON)
    journal.append([entry("a")], max_bytes=AT_ONCE)
    write = os.pwrite
    with monkeypatch.context() as patched:
        patched.setattr(os, "pwrite", lambda file, piece, offset: write(file, piece[:10], offset))
        with pytest.raises(OSError, match="a part"):
            journal.append([entry("b")], max_bytes=AT_ONCE)
    journal.append([entry("c")], max_bytes=AT_ONCE)
    found = decode_block(journal.seal().path.read_bytes())
    assert [one.entities for one in found.entries] == [("ecg/a",), ("ecg/c",)]


@pytest.mark.parametrize("failing", ["fsync", "rename"])
def test_a_block_that_cannot_be_sealed_goes_on_and_so_does_the_chain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    def fails(*_: object) -> None:
        raise OSError("the disk")

    journal = Journal(tmp_path, uuid4())
    journal.begin(NOON)
    journal.append([entry("a")], max_bytes=AT_ONCE)
    with monkeypatch.context() as patched:
        patched.setattr(os if failing == "fsync" else Path, failing, fails)
        with pytest.raises(OSError, match="the disk"):
            journal.seal()
    journal.append([entry("b")], max_bytes=AT_ONCE)
    first = journal.seal().read()
    second = decode_block(block(journal, entry("c"), closed=True).read())
    assert [one.entities for one in decode_block(first).entries] == [("ecg/a",), ("ecg/b",)]
    assert second.previous == hash_of(first)


def test_a_chain_in_use_is_left_alone(tmp_path: Path) -> None:
    journal = Journal(tmp_path, uuid4())
    block(journal, entry())
    assert list(take_over(tmp_path)) == []


def test_a_chain_that_was_closed_is_delivered_by_the_next_and_not_told_of(tmp_path: Path) -> None:
    journal = Journal(tmp_path, uuid4())
    blocks = [block(journal, entry()), block(journal, entry(), closed=True)]
    journal.release()
    (found,) = take_over(tmp_path)
    assert found.blocks == blocks
    assert found.end is None
    assert list(take_over(tmp_path)) == []
    found.release()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("torn", range(0, 400, 7))
def test_a_chain_of_a_process_that_was_killed_is_ended_as_far_as_it_was_written(
    tmp_path: Path, torn: int
) -> None:
    journal = Journal(tmp_path, uuid4())
    sealed = block(journal, entry("sealed"))
    journal.begin(NOON)
    journal.append([entry("first"), entry("second")], max_bytes=AT_ONCE)
    (path,) = journal.folder.glob("*.open")
    whole = path.read_bytes()
    os.close(journal._lock)
    path.write_bytes(whole[: max(len(whole) - torn, 0)])
    (found,) = take_over(tmp_path)
    assert found.blocks[0] == sealed
    last = found.blocks[-1]
    ending = decode_block(last.path.read_bytes())
    assert found.end == ChainEnd(journal.chain, ending.sequence, hash_of(last.path.read_bytes()))
    kept = [one.entities[0] for one in ending.entries if ending.sequence]
    assert kept == ["ecg/first", "ecg/second"][: len(kept)]
    assert torn or len(kept) == 2


@pytest.mark.parametrize(("zeros_from", "kept"), [(b"ecg/second", ["ecg/first"]), (b"ecg/first", [])])
def test_what_a_power_cut_left_unwritten_ends_the_block(
    tmp_path: Path, zeros_from: bytes, kept: list[str]
) -> None:
    """A file has its length before it has its bytes."""
    journal = Journal(tmp_path, uuid4())
    journal.begin(NOON)
    journal.append([entry("first"), entry("second"), entry("third")], max_bytes=AT_ONCE)
    (path,) = journal.folder.glob("*.open")
    os.close(journal._lock)
    whole, start = path.read_bytes(), path.read_bytes().index(zeros_from)
    path.write_bytes(whole[:start] + bytes(20) + whole[start + 20 :])
    (found,) = take_over(tmp_path)
    assert [one.entities[0] for one in decode_block(found.blocks[0].read()).entries] == kept


def test_a_block_whose_head_was_never_written_is_put_aside(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    journal = Journal(tmp_path, uuid4())
    journal.begin(NOON)
    journal.append([entry("first")], max_bytes=AT_ONCE)
    (path,) = journal.folder.glob("*.open")
    os.close(journal._lock)
    path.write_bytes(bytes(20) + path.read_bytes()[20:])
    assert list(take_over(tmp_path)) == []
    assert [left.suffix for left in journal.folder.iterdir() if left.name != "lock"] == [".unreadable"]
    assert "holds no block" in caplog.text


def test_a_block_that_was_being_sealed_is_whole(tmp_path: Path) -> None:
    journal = Journal(tmp_path, uuid4())
    journal.begin(NOON)
    journal.append([entry("a")], max_bytes=AT_ONCE)
    (path,) = journal.folder.glob("*.open")
    whole = path.read_bytes()
    os.close(journal._lock)
    for written in (CLOSED, CLOSED[:5], b"\n"):
        path.write_bytes(whole + written)
        (found,) = take_over(tmp_path)
        value = found.blocks[0].path.read_bytes()
        assert [one.entities for one in decode_block(value).entries] == [("ecg/a",)]
        assert (found.end is None) == (written == CLOSED)
        os.close(found.held)
        found.blocks[0].path.rename(path)


def test_what_is_no_chain_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "lost+found").mkdir()
    (tmp_path / str(uuid4())).write_text("a file")
    (tmp_path / str(uuid4())).mkdir()
    assert list(take_over(tmp_path)) == []
    assert len(list(tmp_path.iterdir())) == 2
