"""The processor notices that the store lost what was written to it, and begins again; on a real Cassandra."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Iterator

import pytest
from cassandra.cluster import Cluster, Session

from harness import access
from harness.databases import connected, database, run
from harness.running import Engines
from stream_processor import table_loss
from stream_processor.kafka_clock import KafkaClock
from stream_processor.table_loss import TableLoss

TOPIC = "the-topic"
OWN = (0, 1)
AHEAD_MICROS = 20 * 60 * 1_000_000


class Scene:
    """A processor's view of the store of its own keyspace."""

    def __init__(self, watched: TableLoss, clock: KafkaClock, session: Session, forgotten: list[str]) -> None:
        self.watched = watched
        self.clock = clock
        self.session = session
        self.forgotten = forgotten

    async def cql(self, statement: str) -> None:
        await asyncio.to_thread(self.session.execute, statement)

    async def write(self, next_offset: int) -> None:
        """As the processor writes progress, of two partitions."""
        await self.stamped(next_offset, self.clock.stamp())
        self.watched.wrote(dict.fromkeys(OWN, next_offset))

    async def stamped(self, next_offset: int, stamp: int) -> None:
        for partition in OWN:
            await self.cql(
                "INSERT INTO progress (topic_id, partition, next_offset, updated_at) "
                f"VALUES ('{TOPIC}', {partition}, {next_offset}, {time.time_ns() // 1000}) "
                f"USING TIMESTAMP {stamp}"
            )

    async def progress(self) -> dict[int, int]:
        return await self.watched.progress(TOPIC, OWN)

    async def holds(self) -> bool:
        return await self.watched.holds(TOPIC)

    async def is_noticed(self) -> None:
        """It is, once; everything is forgotten, and told until all has been worked through again."""
        assert not await self.holds()
        assert not await self.holds()
        assert self.forgotten == ["months"]
        self.watched.caught_up()
        assert self.watched.trouble is not None
        assert await self.progress() == {}
        assert await self.holds()
        assert self.watched.trouble is not None
        self.watched.caught_up()
        assert self.watched.trouble is None


Test = Callable[[Scene], Awaitable[None]]
Play = Callable[[Test], None]


@pytest.fixture
def play(engines: Engines, cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> Iterator[Play]:
    monkeypatch.setattr(table_loss, "_LOOK_EVERY_SECONDS", 0.0)
    keyspace = f"kept_{os.getpid()}_{time.time_ns()}"
    access.apply_tables(engines.cassandra, keyspace)
    session = cluster.connect(keyspace)

    async def played(test: Test) -> None:
        async with database(engines.cassandra, keyspace=keyspace) as opened:
            await connected(opened)
            forgotten: list[str] = []
            clock = KafkaClock()
            watched = TableLoss(opened, clock, [lambda: forgotten.append("months")])
            await test(Scene(watched, clock, session, forgotten))

    yield lambda test: run(played(test), asyncio.new_event_loop)
    session.execute(f"DROP KEYSPACE {keyspace}")


def test_what_is_kept_is_left_alone(play: Play) -> None:
    async def test(scene: Scene) -> None:
        assert await scene.progress() == {}
        await scene.write(7)
        for _ in range(3):
            assert await scene.holds()
        assert await scene.progress() == {0: 7, 1: 7}
        assert await scene.holds()
        assert (scene.watched.trouble, scene.forgotten) == (None, [])

    play(test)


def test_progress_by_a_clock_that_was_ahead_hides_no_later_one(play: Play) -> None:
    async def test(scene: Scene) -> None:
        await scene.stamped(7, time.time_ns() // 1000 + AHEAD_MICROS)
        assert await scene.progress() == {0: 7, 1: 7}
        await scene.write(8)
        assert await scene.holds()
        assert await scene.progress() == {0: 8, 1: 8}
        await scene.cql("TRUNCATE months_by_owner")
        await scene.is_noticed()
        await scene.write(3)
        assert await scene.progress() == {0: 3, 1: 3}

    play(test)


@pytest.mark.parametrize("table", ["months_by_owner", "progress"])
def test_an_emptied_table_is_noticed(play: Play, table: str) -> None:
    async def test(scene: Scene) -> None:
        await scene.progress()
        await scene.write(7)
        assert await scene.holds()
        await scene.cql(f"TRUNCATE {table}")
        # What is finished before that is noticed says nothing about what was there.
        await scene.write(8)
        await scene.is_noticed()
        await scene.write(3)
        assert await scene.progress() == {0: 3, 1: 3}

    play(test)


def test_a_table_that_was_dropped_and_made_again_is_noticed(play: Play, engines: Engines) -> None:
    async def test(scene: Scene) -> None:
        await scene.progress()
        await scene.write(7)
        assert await scene.holds()
        await scene.cql("DROP TABLE ecgs_by_owner")
        assert scene.session.keyspace is not None
        await asyncio.to_thread(access.apply_tables, engines.cassandra, scene.session.keyspace)
        await scene.is_noticed()

    play(test)


def test_an_older_copy_is_noticed_by_its_progress(play: Play) -> None:
    async def test(scene: Scene) -> None:
        await scene.progress()
        await scene.write(7)
        assert await scene.holds()
        await scene.cql(f"UPDATE progress SET next_offset = 5 WHERE topic_id = '{TOPIC}' AND partition = 1")
        await scene.is_noticed()

    play(test)


def test_progress_of_before_the_tables_were_emptied_counts_for_nothing(play: Play) -> None:
    """Also for a processor that did not run then."""

    async def test(scene: Scene) -> None:
        await scene.write(7)
        await scene.cql("TRUNCATE insights_by_ecg")
        assert await scene.progress() == {}
        assert await scene.holds()

    play(test)
