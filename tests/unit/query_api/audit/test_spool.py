"""Entries reach the disk in the background; what there is no room for is counted, and the count is told."""

import asyncio
import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from query_api.audit import spool as module
from query_api.audit.journal import Spooled
from query_api.audit.spool import Spool
from schemas.audit import AuditBlock, AuditEntry, decode_block, hash_of
from tests.unit.query_api.audit.writing import entry

START = AuditEntry("2026-11-25T12:00:00Z", "audit.start", "success")
PLENTY = 1_000_000


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not holds():
            await asyncio.sleep(0.01)


def kept(blocks: list[Spooled]) -> list[AuditBlock]:
    return [decode_block(block.path.read_bytes()) for block in blocks]


def actions(blocks: list[AuditBlock]) -> list[str]:
    return [one.action for block in blocks for one in block.entries]


def test_entries_are_on_disk_soon_and_in_a_block_after_a_second(tmp_path: Path) -> None:
    async def play() -> None:
        blocks: list[Spooled] = []
        spool = Spool(tmp_path, PLENTY, blocks.append)
        await spool.open(START)
        spool.add(entry("early"))
        await until(lambda: any(b"early" in path.read_bytes() for path in tmp_path.rglob("*.open")))
        assert blocks == []
        await until(lambda: len(blocks) == 1)
        assert actions(kept(blocks)) == ["audit.start", "ecg.read"]
        spool.add(entry("late"))
        await spool.close()
        assert [block.closed for block in kept(blocks)] == [False, True]
        assert actions(kept(blocks))[2:] == ["ecg.read"]
        for block in blocks:
            spool.delivered(block)
        await spool.release()

    asyncio.run(play())
    assert list(tmp_path.iterdir()) == []


def test_what_is_delivered_leaves_the_disk_but_for_the_last(tmp_path: Path) -> None:
    async def play() -> None:
        blocks: list[Spooled] = []
        spool = Spool(tmp_path, PLENTY, blocks.append)
        await spool.open(START)
        for number in range(3):
            spool.add(entry())
            await until(lambda number=number: len(blocks) > number)  # type: ignore[misc]
            spool.delivered(blocks[-1])
        spool.add(entry())
        await until(lambda: not blocks[0].path.exists() and not blocks[1].path.exists())
        assert spool.backlog.size == 0
        await spool.close()

    asyncio.run(play())


def test_what_an_outage_left_goes_from_the_disk_when_it_is_delivered_though_nothing_else_happens(
    tmp_path: Path,
) -> None:
    async def play() -> None:
        blocks: list[Spooled] = []
        spool = Spool(tmp_path, PLENTY, blocks.append)
        await spool.open(START)
        await until(lambda: len(blocks) == 1)
        spool.add(entry())
        await until(lambda: len(blocks) == 2)
        for block in blocks:
            spool.delivered(block)
        # Well before the next heartbeat.
        await until(lambda: not blocks[0].path.exists())
        assert blocks[1].path.exists()
        await spool.close()

    asyncio.run(play())


def test_what_there_is_no_room_for_is_counted_and_told_once_there_is(tmp_path: Path) -> None:
    async def play() -> None:
        blocks: list[Spooled] = []
        spool = Spool(tmp_path, 100, blocks.append)
        await spool.open(START)
        await until(lambda: len(blocks) == 1)
        assert spool.is_full
        for _ in range(7):
            spool.add(entry("lost"))
        spool.delivered(blocks[0])
        spool.add(entry("kept"))
        await spool.close()
        last = kept(blocks)[-1]
        assert [one.entities for one in last.entries if one.action == "ecg.read"] == [("ecg/kept",)]
        assert [one.count for one in last.entries if one.action == "audit.lost"] == [7]

    asyncio.run(play())


def test_a_disk_that_comes_back_gets_what_happened_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def play() -> None:
        monkeypatch.setattr(module, "_RETRY_SECONDS", 0.05)
        folder = tmp_path / "disk" / "audit"
        folder.parent.write_text("in the way")
        blocks: list[Spooled] = []
        spool = Spool(folder, PLENTY, blocks.append)
        await spool.open(START)
        spool.add(entry())
        await until(lambda: spool.fault == "NotADirectoryError")
        folder.parent.unlink()
        await until(lambda: len(blocks) == 1)
        assert spool.fault is None
        assert actions(kept(blocks)) == ["audit.start", "ecg.read"]
        await spool.close()

    asyncio.run(play())


def test_a_disk_that_the_trail_itself_fills_is_emptied_by_the_engines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What grows is sealed where no more of it fits, and of what waits as much is taken as fits."""
    write, room = os.pwrite, 30_000

    def bounded(file: int, piece: bytes, offset: int) -> int:
        used = sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file())
        if used + len(piece) > room:
            raise OSError(errno.ENOSPC, "no space")
        return write(file, piece, offset)

    async def play() -> None:
        monkeypatch.setattr(os, "pwrite", bounded)
        monkeypatch.setattr(module, "_RETRY_SECONDS", 0.05)
        values: list[bytes] = []

        def deliver(block: Spooled) -> None:
            values.append(block.read())
            asyncio.get_running_loop().call_soon(spool.delivered, block)

        spool = Spool(tmp_path, PLENTY, deliver)
        await spool.open(START)
        for _ in range(500):
            spool.add(entry())
        await until(lambda: b"".join(values).count(b"ecg.read") == 500)
        blocks = [decode_block(value) for value in values]
        assert [block.previous for block in blocks[1:]] == [hash_of(value) for value in values[:-1]]
        assert len(blocks) > 3
        await spool.close()

    asyncio.run(play())


def test_what_is_removed_from_the_disk_is_counted_and_another_chain_begins(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def play() -> None:
        folder = tmp_path / "audit"
        blocks: list[Spooled] = []
        spool = Spool(folder, PLENTY, blocks.append)
        await spool.open(START)
        spool.add(entry("removed"))
        await until(lambda: any(b"removed" in path.read_bytes() for path in folder.rglob("*.open")))
        shutil.rmtree(folder)
        await until(lambda: len(blocks) == 1)
        assert "was removed from the disk" in caplog.text
        (after,) = kept(blocks)
        assert after.sequence == 0
        assert [(one.action, one.count) for one in after.entries] == [("audit.lost", 2)]
        assert spool.fault is None
        await spool.close()

    asyncio.run(play())


def test_what_is_lost_is_told_before_there_is_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a process that is killed meanwhile has told of it."""

    async def play() -> None:
        monkeypatch.setattr(module, "HEARTBEAT_SECONDS", 0.2)
        blocks: list[Spooled] = []
        spool = Spool(tmp_path, 100, blocks.append)
        await spool.open(START)
        await until(lambda: spool.is_full)
        spool.add(entry("lost"))
        await until(lambda: "audit.lost" in actions(kept(blocks)))
        assert spool.is_full
        await spool.close()

    asyncio.run(play())


def test_the_next_process_takes_over_and_notes_that_one_was_killed(tmp_path: Path) -> None:
    async def killed() -> list[Spooled]:
        blocks: list[Spooled] = []
        spool = Spool(tmp_path, PLENTY, blocks.append)
        await spool.open(START)
        spool.add(entry("written"))
        await until(lambda: any(b"written" in path.read_bytes() for path in tmp_path.rglob("*.open")))
        assert spool._task is not None
        spool._task.cancel()
        assert spool._journal is not None
        spool._journal.release()
        return blocks

    async def play() -> None:
        assert await killed() == []
        blocks: list[Spooled] = []
        spool = Spool(tmp_path, PLENTY, blocks.append)
        await spool.open(START)
        await until(lambda: len(blocks) == 2)
        before, after = kept(blocks)
        assert actions([before]) == ["audit.start", "ecg.read"]
        assert [(end.chain, end.sequence) for end in after.ended] == [(before.chain, 0)]
        assert actions([after]) == ["audit.start", "audit.interrupted"]
        for block in blocks:
            spool.delivered(block)
        await spool.close()
        spool.delivered(blocks[-1])
        await spool.release()

    asyncio.run(play())
    assert list(tmp_path.iterdir()) == []
