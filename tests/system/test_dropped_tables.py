"""Tables, columns or the keyspace are dropped under a running service, and made again: it says so, and goes on."""

import asyncio
import os
import time
from collections.abc import Callable, Coroutine, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from cassandra.cluster import Cluster, Session
from prometheus_client import REGISTRY

from harness import access
from harness.databases import READ, WRITE, connected, database, read, run, write
from harness.querying import ADMIN, ADMIN_PASSWORD, HASH_A, NOON, Query, serving
from harness.running import Engines, until
from service_kit.engines.cassandra.database import Batch, Database, Statement
from service_kit.engines.errors import StoreIncompleteError

TABLES = ("insights_by_ecg", "months_by_owner")
SEEN_SECONDS = 20.0


@pytest.fixture
def keyspace(cluster: Cluster) -> Iterator[str]:
    """The name of one of this test's own."""
    name = f"dropped_{os.getpid()}_{time.time_ns()}"
    yield name
    cluster.connect().execute(f"DROP KEYSPACE IF EXISTS {name}")


@pytest.fixture
def session(cluster: Cluster, engines: Engines, keyspace: str) -> Session:
    """All tables are there."""
    apply(engines, keyspace)
    return cluster.connect(keyspace)


def apply(engines: Engines, keyspace: str) -> list[str]:
    return access.apply_tables(engines.cassandra, keyspace)


def incomplete() -> float | None:
    return REGISTRY.get_sample_value("ecg_store_incomplete")


def tells(query: Query, line: str) -> bool:
    return line in query.get("/metrics").text


def played(engines: Engines, keyspace: str, test: Callable[[Database], Coroutine[Any, Any, None]]) -> None:
    """Run it with a database of this keyspace."""

    async def all_of_it() -> None:
        async with database(engines.cassandra, keyspace=keyspace, tables=TABLES) as opened:
            await test(opened)

    run(all_of_it(), asyncio.new_event_loop)


async def fails_for(opened: Database, what: str) -> None:
    """The next statements fail for what is missing, and the service is not ready for that reason."""
    for asked in (read(opened, uuid4(), "any"), write(opened, uuid4(), "any", "1"), opened.answers()):
        with pytest.raises(StoreIncompleteError) as raised:
            await asked
        assert raised.value.cause == what
    assert incomplete() == 1


async def works(opened: Database, owner: UUID) -> None:
    await connected(opened, SEEN_SECONDS)
    for result in ("1", "2"):
        await opened.execute_all([Batch([(WRITE, (owner, "kept", NOON, HASH_A, result))])])
        assert await opened.execute(READ, (owner, "kept")) == [{"result": result}]
    assert incomplete() == 0


def test_a_dropped_table_is_named_and_used_again_when_it_is_there(
    engines: Engines, keyspace: str, session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    async def test(opened: Database) -> None:
        await works(opened, owner := uuid4())
        await asyncio.to_thread(session.execute, "DROP TABLE insights_by_ecg")
        await fails_for(opened, f"the table {keyspace}.insights_by_ecg is missing")
        assert [record.levelname for record in caplog.records if "infra.apply" in record.message] == ["ERROR"]
        made = await asyncio.to_thread(apply, engines, keyspace)
        assert made == ["insights_by_ecg"]
        await works(opened, owner)

    played(engines, keyspace, test)


def test_a_table_that_nobody_asks_for_is_missed_too(
    engines: Engines, keyspace: str, session: Session
) -> None:
    async def test(opened: Database) -> None:
        await works(opened, uuid4())
        await asyncio.to_thread(session.execute, "DROP TABLE months_by_owner")
        end = time.monotonic() + SEEN_SECONDS
        while incomplete() != 1 and time.monotonic() < end:
            await asyncio.sleep(0.1)
        with pytest.raises(StoreIncompleteError, match="months_by_owner"):
            await opened.answers()

    played(engines, keyspace, test)


def test_a_dropped_keyspace_is_named_and_found_again(
    engines: Engines, keyspace: str, session: Session
) -> None:
    async def test(opened: Database) -> None:
        await works(opened, owner := uuid4())
        await asyncio.to_thread(session.execute, f"DROP KEYSPACE {keyspace}")
        await fails_for(opened, f"the keyspace {keyspace} is missing")
        await asyncio.to_thread(apply, engines, keyspace)
        await works(opened, owner)

    played(engines, keyspace, test)


def test_a_service_that_starts_before_its_keyspace_says_so_and_finds_it(
    engines: Engines, keyspace: str
) -> None:
    async def test(opened: Database) -> None:
        await asyncio.sleep(2.0)
        with pytest.raises(StoreIncompleteError, match=f"the keyspace {keyspace} is missing"):
            await opened.answers()
        await asyncio.to_thread(apply, engines, keyspace)
        await works(opened, uuid4())

    played(engines, keyspace, test)


def test_a_dropped_column_is_named_and_made_again(engines: Engines, keyspace: str, session: Session) -> None:
    """Also for writes that are stamped with another time than today's, as those of the log are."""

    async def test(opened: Database) -> None:
        await works(opened, owner := uuid4())
        await asyncio.to_thread(session.execute, "ALTER TABLE insights_by_ecg DROP result")
        with pytest.raises(StoreIncompleteError, match="the column result of"):
            await read(opened, owner, "kept")
        with pytest.raises(StoreIncompleteError, match="the column result of"):
            await opened.answers()
        assert await asyncio.to_thread(apply, engines, keyspace) == ["insights_by_ecg.result"]
        await works(opened, owner)
        stamped = Statement(f"{WRITE.cql} USING TIMESTAMP 1099511627776")
        await opened.execute(stamped, (owner, "stamped", NOON, HASH_A, "1"))
        assert await read(opened, owner, "stamped") == "1"

    played(engines, keyspace, test)


def test_progress_is_forgotten_with_what_it_was_about(
    engines: Engines, keyspace: str, session: Session
) -> None:
    """Of users there is no log to be worked through again."""
    session.execute("INSERT INTO progress (topic_id, partition, next_offset) VALUES ('t', 0, 7)")
    for dropped, left in (("users_by_id", 1), ("ecgs_by_owner", 0)):
        assert apply(engines, keyspace) == []
        session.execute(f"DROP TABLE {dropped}")
        assert apply(engines, keyspace) == [dropped]
        assert len(list(session.execute("SELECT partition FROM progress"))) == left


def test_lost_users_are_told_and_the_first_admin_signs_in_again(
    engines: Engines, keyspace: str, session: Session, tmp_path: Path
) -> None:
    with serving(engines, tmp_path, ECG_CASSANDRA_KEYSPACE=keyspace) as query:
        client = query.new_user()
        for number, lose in enumerate(
            ("TRUNCATE users_by_email", "TRUNCATE users_by_id", "DROP TABLE users_by_id"), 1
        ):
            admin = query.admin()
            session.execute(lose)
            if lose.startswith("DROP"):
                answer = query.get("/v1/users/me", admin)
                assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
                told = query.get("/readyz")
                assert told.status_code == 503
                assert told.json()["why"]["cassandra"] == f"the table {keyspace}.users_by_id is missing"
                apply(engines, keyspace)
            lost = f"ecg_query_users_lost_total {number}.0"
            until(partial(tells, query, lost), "the loss to be told")
            until(query.ready, "the admin to be made again")
            # Cassandra keeps for a second what rights it has read: those of before the grant, if a look was so quick.
            until(lambda: _signs_in(query), "the admin to sign in")
            assert query.get("/v1/users/me", query.admin()).status_code == 200
        assert query.sign_in(client.email, client.password).status_code == 401
        assert query.log.read_text().count("the users are lost") == number


def _signs_in(query: Query) -> bool:
    """The admin; until then they are told to come again."""
    answer = query.sign_in(ADMIN, ADMIN_PASSWORD)
    assert answer.status_code == 200 or (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    return answer.status_code == 200
