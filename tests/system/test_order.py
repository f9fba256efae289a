"""Order comes from the log: its incarnations, what an erasure reaches, and rows of before, on a real Cassandra."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from cassandra.cluster import Cluster

from harness import access
from harness.databases import connected, database
from harness.querying import HASH_A, HASH_B, NOON
from harness.running import Engines
from infra.apply.tables import apply_definition, apply_missing, definitions
from query_api.ecgs.answers import status_answer
from query_api.ecgs.store import EcgStore
from schemas.insights import InsightResult
from schemas.positions import position_of
from schemas.uploaded import Provenance
from service_kit.engines.cassandra.database import Database, Statement
from service_kit.engines.errors import EngineAwayError
from stream_processor import ecg_rows
from stream_processor.incarnations import Incarnations
from stream_processor.store import Store

RESULT = InsightResult("zero_crossings", 1, [])
ERASE = Statement("DELETE FROM insights_by_ecg USING TIMESTAMP ? WHERE owner_id = ? AND ecg_id = ?")
READ = Statement("SELECT position, content_hash FROM insights_by_ecg WHERE owner_id = ? AND ecg_id = ?")


@asynccontextmanager
async def opened(engines: Engines) -> AsyncIterator[Database]:
    async with database(engines.cassandra) as found:
        await connected(found)
        yield found


def upload(owner: UUID, offset: int, content_hash: str = HASH_A) -> Provenance:
    return Provenance(owner, "e", content_hash, NOON, NOON, "client", 3, position=position_of(1, offset))


async def store(found: Database, origin: Provenance) -> None:
    statements = [ecg_rows.answer(origin, RESULT, "{}"), ecg_rows.listing(origin, 1)]
    await Store(found).write(statements, [origin], now=time.time_ns() // 1000)


async def stored(found: Database, owner: UUID) -> list[tuple[int, str]]:
    return [(row["position"], row["content_hash"]) for row in await found.execute(READ, (owner, "e"))]


def test_an_erasure_reaches_what_lies_before_it_in_the_log_and_nothing_else(engines: Engines) -> None:
    async def test() -> None:
        owner = uuid4()
        before, later = upload(owner, 5), upload(owner, 9, HASH_B)
        async with opened(engines) as found:
            await store(found, before)
            await found.execute(ERASE, (position_of(1, 7), owner, "e"))
            assert await stored(found, owner) == []
            # Replayed, or put back from the dead letters, whatever the time is.
            await store(found, before)
            assert await stored(found, owner) == []
            await store(found, later)
            assert await stored(found, owner) == [(later.position, HASH_B)]
            # The erasure itself is replayed.
            await found.execute(ERASE, (position_of(1, 7), owner, "e"))
            assert await stored(found, owner) == [(later.position, HASH_B)]

    asyncio.run(test())


def test_parts_of_a_recording_are_erased_as_its_answer_is(engines: Engines) -> None:
    async def test() -> None:
        owner = uuid4()
        first = replace(upload(owner, 5), segments=2)
        second = replace(first, segment=1, position=position_of(1, 6))
        async with opened(engines) as found:
            statements = [ecg_rows.part(one, "zero_crossings", 1, "[]") for one in (first, second)]
            await Store(found).write(statements, [], now=NOON)
            await found.execute(ERASE, (position_of(1, 7), owner, "e"))
            assert await stored(found, owner) == []

    asyncio.run(test())


class Counting:
    """An insight that is asked for its name alone."""

    name, version = "zero_crossings", 1


def test_a_recording_in_segments_stands_where_its_last_one_does_whichever_came_last(engines: Engines) -> None:
    async def test() -> None:
        owner = uuid4()
        segments = [
            replace(upload(owner, 5 + number), segment=number, segments=3, accepted_at=NOON + number)
            for number in range(3)
        ]
        insights = [Counting()]
        async with opened(engines) as found:
            its = Store(found)
            # The second one was a dead letter, and is put back last.
            for one in (segments[0], segments[2], segments[1]):
                _, complete = await its.complete_parts(one, insights)  # type: ignore[arg-type]
                assert not complete
                await its.write([ecg_rows.part(one, "zero_crossings", 1, f"[{one.segment}]")], [], now=NOON)
            for one in segments:
                whole, ((_, contributions),) = await its.complete_parts(one, insights)  # type: ignore[arg-type]
                assert (whole.position, whole.accepted_at) == (segments[2].position, NOON + 2)
                assert contributions == ["[0]", "[1]", "[2]"]
            # Cut otherwise, the same content is another set of segments.
            _, complete = await its.complete_parts(replace(segments[0], segments=4), insights)  # type: ignore[arg-type]
            assert not complete

    asyncio.run(test())


def test_incarnations_grow_and_none_is_given_twice(engines: Engines) -> None:
    async def test() -> None:
        topic = f"uploads-{uuid4()}"
        async with opened(engines) as found:
            workers = [Incarnations(found, topic) for _ in range(4)]
            # All at once: one of them registers it.
            assert set(await asyncio.gather(*(one.current("first", 3) for one in workers))) == {1}
            assert await workers[0].current("first", 4) == 1
            # Made again, once for all.
            assert set(await asyncio.gather(*(one.current("second", 3) for one in workers))) == {2}
            # Cut, as each of them found.
            begun = await asyncio.gather(*(one.begin("second", 3) for one in workers))
            assert sorted(begun) == [3, 4, 5, 6]
            last = max(begun)
            assert await workers[begun.index(last)].current("second", 3) == last
            for one in workers:
                one.forget()
            assert {await one.current("second", 3) for one in workers} == {last}
            # A topic that is back is behind the others too.
            assert await workers[0].current("first", 3) == last + 1

    asyncio.run(test())


def test_an_incarnation_that_cannot_be_told_is_waited_for() -> None:
    async def test() -> None:
        async with database("127.0.0.1:1") as found:
            with pytest.raises(EngineAwayError):
                await Incarnations(found, "uploads").current("first", 3)

    asyncio.run(test())


# As a version wrote it that ordered rows by their acceptance.
OLD_ROW = """
    INSERT INTO insights_by_ecg (owner_id, ecg_id, accepted_at, content_hash, insight, version, segment, status,
        date, date_source, result)
    VALUES (%s, 'e', %s, %s, 'zero_crossings', 1, -1, 'computed', %s, 'client', '{}') USING TIMESTAMP %s"""
OLD_ARRIVAL = """
    INSERT INTO acceptances_by_owner (owner_id, week, accepted_at, ecg_id) VALUES (%s, '2026-W48', %s, 'e')"""
BEFORE = 4


def test_rows_of_before_go_on_answering_where_tables_are_changed_in_place(
    engines: Engines, cluster: Cluster
) -> None:
    owner = uuid4()
    keyspace = f"older_{owner.hex[:8]}"
    session = cluster.connect()
    session.execute(
        f"CREATE KEYSPACE {keyspace} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}"
    )
    session.set_keyspace(keyspace)
    for definition in definitions()[:BEFORE]:
        apply_definition(session, definition)
    session.execute(OLD_ROW, (owner, NOON, HASH_A, NOON, NOON))
    session.execute(OLD_ARRIVAL, (owner, NOON))
    assert apply_missing(session)
    # One that was interrupted begins again.
    for definition in definitions()[BEFORE:]:
        apply_definition(session, definition)

    async def test() -> None:
        settings = access.cassandra_settings(engines.cassandra, cassandra_keyspace=keyspace)
        found = Database(settings)
        await found.open()
        try:
            await connected(found)
            await store(found, upload(owner, 0, HASH_B))
            told = status_answer("e", await EcgStore(found).answer(owner, "e"))
            assert (told.content_hash, told.accepted_at) == (HASH_A, "2026-11-23T12:00:00Z")
            assert [conflict.content_hash for conflict in told.conflicts] == [HASH_B]
            (arrived,) = await EcgStore(found).received([(owner, "2026-W48", NOON - 1, "~")], 1)
            assert (arrived["received_at"], arrived["ecg_id"]) == (NOON, "e")
        finally:
            await found.close()

    asyncio.run(test())
