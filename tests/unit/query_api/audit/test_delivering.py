"""A delivery goes on until the engine has every block, in order, and says when it waits."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest

from query_api.audit import delivering
from query_api.audit.delivering import Delivery
from query_api.audit.journal import Spooled
from schemas.audit import NO_HASH, AuditBlock
from service_kit.engines.errors import EngineAwayError

CHAIN = uuid4()


def blocks(folder: Path, count: int) -> list[Spooled]:
    made = [Spooled(folder / f"{number}.json", CHAIN, number, 2) for number in range(count)]
    for block in made:
        value = AuditBlock(CHAIN, block.sequence, NO_HASH, "2026-11-25T12:00:00Z")
        block.path.write_bytes(msgspec.json.encode(value))
    return made


@pytest.mark.parametrize("failure", [EngineAwayError("kafka", "away"), RuntimeError("unforeseen")])
def test_blocks_are_sent_until_they_are_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    monkeypatch.setattr(delivering, "LATE_SECONDS", 0.0)
    made = blocks(tmp_path, 20)
    taken: list[Spooled] = []
    away = [failure]

    async def send(some: Sequence[Spooled]) -> None:
        for one in away:
            raise one

    async def play() -> None:
        delivery = Delivery("kafka", send, taken.append)
        await delivery.open()
        for block in made:
            delivery.add(block)
        async with asyncio.timeout(30):
            while not delivery.is_late:
                await asyncio.sleep(0.01)
            assert taken == []
            away.clear()
            while len(taken) < len(made):
                await asyncio.sleep(0.01)
        await delivery.close(5)

    asyncio.run(play())
    assert taken == made


def test_a_block_that_is_gone_or_damaged_holds_nothing_up(tmp_path: Path) -> None:
    made = blocks(tmp_path, 4)
    made[1].path.unlink()
    made[2].path.write_bytes(made[2].path.read_bytes()[:-9])
    taken: list[Spooled] = []

    async def send(some: Sequence[Spooled]) -> None:
        for block in some:
            block.read()

    async def play() -> None:
        delivery = Delivery("kafka", send, taken.append)
        await delivery.open()
        for block in made:
            delivery.add(block)
        await delivery.close(20)

    asyncio.run(play())
    assert sorted(taken, key=made.index) == made
    assert [path.name for path in tmp_path.glob("*.unreadable")] == ["2.unreadable"]
