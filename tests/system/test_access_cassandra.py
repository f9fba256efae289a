"""What an account may not do in Cassandra, Cassandra itself refuses: each thing is tried, as is what it may do."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product

import pytest
from cassandra import InvalidRequest, Unauthorized
from cassandra.cluster import NoHostAvailable, Session

from harness import access
from harness.running import Engines, until
from infra.access import cassandra_clients
from infra.access.accounts import ANALYST, INGEST, PROCESSOR, QUERY
from infra.access.cassandra_rights import ACCOUNTS, RIGHTS
from infra.apply.roles import was_refused

SECONDS = 20.0
TABLES = (*RIGHTS, "schema_versions")
NOT_OURS = (
    "CREATE TABLE ecg.own (k int PRIMARY KEY)",
    "ALTER TABLE ecg.progress ADD own int",
    "DROP TABLE ecg.progress",
    "DROP KEYSPACE ecg",
    "CREATE KEYSPACE own WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
    "CREATE ROLE own WITH LOGIN = true AND PASSWORD = 'own'",
    f"ALTER ROLE {PROCESSOR} WITH SUPERUSER = true",
    f"GRANT SELECT ON TABLE ecg.users_by_email TO {PROCESSOR}",
    "SELECT * FROM system_auth.roles",
    "TRUNCATE system_auth.role_permissions",
)


@contextmanager
def signed_in(engines: Engines, name: str) -> Iterator[Session]:
    """A session of this account."""
    with access.cluster(engines.cassandra, name) as cluster:
        yield cluster.connect("ecg")


def is_refused(session: Session, statement: str) -> bool:
    """Whether Cassandra says that this account may not; what else is wrong with the statement it says after that."""
    try:
        session.execute(statement)
    except Unauthorized:
        return True
    except InvalidRequest:
        return False
    return False


@pytest.mark.parametrize("name", ACCOUNTS)
def test_a_table_is_read_and_written_only_by_who_may(engines: Engines, name: str) -> None:
    with signed_in(engines, name) as session:
        for table, (permission, statement) in product(
            TABLES, {"SELECT": "SELECT * FROM {} LIMIT 1", "MODIFY": "INSERT INTO {} JSON '{{}}'"}.items()
        ):
            may = permission in RIGHTS.get(table, {}).get(name, frozenset())
            assert is_refused(session, statement.format(table)) is not may, (table, permission)


def test_it_is_applied_again_and_again_and_an_account_that_was_lost_comes_back(engines: Engines) -> None:
    for _ in range(2):
        assert access.apply_tables(engines.cassandra) == []
    with access.cluster(engines.cassandra) as cluster:
        cluster.connect().execute(f"DROP ROLE {QUERY}")
    assert access.apply_tables(engines.cassandra) == []
    with signed_in(engines, QUERY) as session:
        # What Cassandra knew of the account before holds for one question more.
        until(lambda: not is_refused(session, "SELECT * FROM users_by_id LIMIT 1"), "its rights")


@pytest.mark.parametrize("name", ACCOUNTS)
def test_nobody_but_the_operator_makes_tables_and_accounts(engines: Engines, name: str) -> None:
    with signed_in(engines, name) as session:
        assert [statement for statement in NOT_OURS if not is_refused(session, statement)] == []


def test_only_the_query_api_sees_the_hashes_of_passwords(engines: Engines) -> None:
    with signed_in(engines, PROCESSOR) as session:
        assert is_refused(session, "SELECT password_hash FROM users_by_email")
    with signed_in(engines, QUERY) as session:
        assert not is_refused(session, "SELECT password_hash FROM users_by_email LIMIT 1")


@pytest.mark.parametrize(
    "credentials",
    [
        None,
        cassandra_clients.FIRST,
        ("operator", "not the word"),
        (QUERY, "not the word"),
        (INGEST, ""),
        (ANALYST, ""),
    ],
    ids=["without a password", "the account that all know", "operator", QUERY, INGEST, ANALYST],
)
def test_nobody_else_comes_in(engines: Engines, credentials: tuple[str, str] | None) -> None:
    if credentials and not credentials[1]:
        credentials = (credentials[0], access.accounts()[credentials[0]])
    with cassandra_clients.cluster([engines.cassandra], credentials, seconds=SECONDS) as cluster:
        with pytest.raises(NoHostAvailable) as refused:
            cluster.connect()
        assert was_refused(refused.value)
