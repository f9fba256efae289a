"""Gives Cassandra the accounts of `infra.access`, and each its rights: those that are missing, and no others.

Cassandra is born with one account that everybody knows. It makes the operator, and may do nothing from then on.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from cassandra import AuthenticationFailed
from cassandra.cluster import Cluster, NoHostAvailable, Session

from infra.access.accounts import Accounts
from infra.access.cassandra_clients import FIRST, Credentials
from infra.access.cassandra_rights import ACCOUNTS, RIGHTS
from infra.errors import SetupError

# A node that has just begun to listen makes its first account a moment later.
BORN_LIMIT_SECONDS, BORN_POLL_SECONDS = 20.0, 0.2

# Signs in by a name and a password.
Open = Callable[[Credentials], Cluster]


def admit(opened: Open, operator: Credentials, accounts: Accounts, replication: str | None) -> None:
    """Have the operator there, everybody else, and nobody whom all know.

    `operator`: who may do everything. `replication`: of what Cassandra keeps of accounts, None: as it is. Raises
    SetupError where neither the operator nor the first account is let in, and the driver's own errors where Cassandra
    is away.
    """
    if not let_in(opened, operator):
        make_operator(opened, operator, replication)
    with opened(operator) as cluster:
        session = cluster.connect()
        session.execute(f"ALTER ROLE IF EXISTS {FIRST[0]} WITH LOGIN = false AND SUPERUSER = false")
        # One that was lost would be let in for as long as Cassandra remembers it.
        held = {row.role for row in session.execute("SELECT role FROM system_auth.roles")}
        # Cassandra takes a new password of an account every five seconds at most, so only what is not known is told.
        words = [(name, accounts[name]) for name in ACCOUNTS if name in held]
        with ThreadPoolExecutor(len(ACCOUNTS)) as pool:
            known = dict(zip(words, pool.map(partial(let_in, opened), words), strict=True))
        for name in ACCOUNTS:
            if not known.get((name, accounts[name])):
                session.execute(f"CREATE ROLE IF NOT EXISTS {name}")
                session.execute(
                    f"ALTER ROLE {name} WITH LOGIN = true AND PASSWORD = {quoted(accounts[name])}"
                )


def let_in(opened: Open, credentials: Credentials) -> bool:
    """Whether this name and password are right. Raises NoHostAvailable where nobody said no."""
    with opened(credentials) as cluster:
        try:
            cluster.connect()
        except NoHostAvailable as error:
            if not was_refused(error):
                raise
            return False
    return True


def was_refused(error: NoHostAvailable) -> bool:
    """Whether it was said that a name and a password are not right.

    The driver tells of each host why, or only the hosts: where its first connection was let in, and no other one, by
    what the node remembered for a moment.
    """
    if isinstance(error.errors, dict):
        return any(isinstance(one, AuthenticationFailed) for one in error.errors.values())
    return True


def make_operator(opened: Open, operator: Credentials, replication: str | None) -> None:
    """Make the operator by the account that everybody knows. Raises SetupError where that is not let in, or where
    somebody else was faster and left an account of theirs.
    """
    end = time.monotonic() + BORN_LIMIT_SECONDS
    while not let_in(opened, FIRST):
        if time.monotonic() > end:
            raise SetupError(
                "Cassandra knows another password of its operator than the file of accounts has: "
                "give the file that it was made with."
            )
        time.sleep(BORN_POLL_SECONDS)
    with opened(FIRST) as cluster:
        session = cluster.connect()
        found = {row.role for row in session.execute("SELECT role FROM system_auth.roles")}
        if strangers := found - {FIRST[0], operator[0], *ACCOUNTS}:
            raise SetupError(
                f"Cassandra was open, and somebody made accounts in it: {', '.join(sorted(strangers))}."
            )
        if replication:
            session.execute(f"ALTER KEYSPACE system_auth WITH replication = {replication}")
        session.execute(f"CREATE ROLE IF NOT EXISTS {operator[0]} WITH SUPERUSER = true AND LOGIN = true")
        session.execute(f"ALTER ROLE {operator[0]} WITH PASSWORD = {quoted(operator[1])}")


def grant(session: Session, keyspace: str) -> list[str]:
    """Give and take rights to the tables of a keyspace; a sentence for each that was taken."""
    wanted: set[tuple[str, str, str]] = {
        (name, table, one) for table, rights in RIGHTS.items() for name, own in rights.items() for one in own
    }
    found = set(there(session, keyspace))
    for name, table, permission in sorted(wanted - found):
        session.execute(f"GRANT {permission} ON TABLE {keyspace}.{table} TO {name}")
    for name, table, permission in sorted(found - wanted):
        session.execute(f"REVOKE {permission} ON TABLE {keyspace}.{table} FROM {name}")
    return [
        f"Cassandra takes {permission} on {table} from {name}" for name, table, permission in found - wanted
    ]


def there(session: Session, keyspace: str) -> Iterator[tuple[str, str, str]]:
    """Account, table and permission of each right to a table of the keyspace."""
    for name in ACCOUNTS:
        rows = session.execute(
            "SELECT resource, permissions FROM system_auth.role_permissions WHERE role = %s", (name,)
        )
        for row in rows:
            kind, _, table = row.resource.partition(f"/{keyspace}/")
            if kind == "data" and table:
                yield from ((name, table, permission) for permission in row.permissions)


def quoted(text: str) -> str:
    """A string of CQL."""
    return "'" + text.replace("'", "''") + "'"
