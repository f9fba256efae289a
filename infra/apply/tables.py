"""Makes the keyspace and applies the table definitions, `infra/tables/NNN_name.cql`, each once and in order.

What has been applied is a row of `schema_versions` with the file's SHA-256: a file that changed afterwards
is an error, the change belongs into a new one. Every statement has to bear a second run (IF NOT EXISTS, options, or a
RENAME, which is left out where the new name is there), so that two of these at the same time, or one that was
interrupted, do no harm.

What should be there by what was applied, and is not, somebody has dropped: it is made again.
"""

import hashlib
import re
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cassandra import InvalidRequest, ReadFailure, WriteFailure
from cassandra.cluster import Session

from infra.access.accounts import OPERATOR, Accounts
from infra.access.cassandra_clients import cluster
from infra.apply.roles import admit, grant
from infra.apply.shape import RENAME, Columns, shape, table_of
from infra.errors import SetupError

FOLDER = Path(__file__).resolve().parent.parent / "tables"
# A new table takes a second or two where the disk is slow; the driver's default is 10 s for any request.
REQUEST_LIMIT_SECONDS = 60.0
# The nodes of a ring that has just started tell one another of tables within some seconds.
AGREEMENT_SECONDS = 30.0
AGAIN_SECONDS = 0.5
PROGRESS = "progress"
# Whose rows are in no log, or in one that is not worked through again by itself (`python -m query_api.audit restore`).
OF_NO_UPLOAD = frozenset(
    {
        "users_by_email",
        "users_by_id",
        "admins",
        "sessions",
        "sign_in_attempts",
        "sign_in_places",
        "revocations",
        "revocations_by_hour",
        "devices_by_owner",
        "pairing_codes",
        "pairing_attempts",
        "audit_trail",
        "audit_weeks",
        "audit_heads",
    }
)
NAME = re.compile(r"[a-z][a-z0-9_]{0,47}")


@dataclass(frozen=True, slots=True)
class Definition:
    """One file of statements."""

    version: int
    name: str
    checksum: str
    statements: tuple[str, ...]


def definitions(folder: Path = FOLDER) -> list[Definition]:
    """The files, in order. Raises SetupError where two have one number."""
    found = []
    for path in sorted(folder.glob("[0-9][0-9][0-9]_*.cql")):
        text = path.read_text()
        bare = "\n".join(line.split("--")[0] for line in text.splitlines())
        statements = tuple(part.strip() for part in bare.split(";") if part.strip())
        checksum = hashlib.sha256(text.encode()).hexdigest()
        found.append(Definition(int(path.name[:3]), path.name, checksum, statements))
    versions = [definition.version for definition in found]
    if len(set(versions)) != len(versions):
        raise SetupError(f"Two table definitions in {folder} have the same number.")
    return found


def apply_tables(
    hosts: Sequence[str],
    *,
    replication: int,
    keyspace: str = "ecg",
    local_dc: str = "datacenter1",
    username: str | None = None,
    password: str | None = None,
    tls: ssl.SSLContext | None = None,
    tls_name: str | None = None,
    accounts: Accounts | None = None,
) -> list[str]:
    """Apply what is missing, on the ring at `hosts` ("host:port", one port for all); the names of what was
    applied.

    `accounts`: who is let in from then on, each with its rights, and it is applied as their operator unless `username`
    says who else; None: nothing is changed of either.

    Raises SetupError where an applied file was changed, and the driver's own errors where Cassandra is
    away.
    """
    if not NAME.fullmatch(keyspace):
        raise SetupError(f"{keyspace!r} is no name for a keyspace.")
    copies = f"{{'class': 'NetworkTopologyStrategy', '{local_dc}': {replication}}}"
    opened = partial(
        cluster, hosts, seconds=REQUEST_LIMIT_SECONDS, local_dc=local_dc, tls=tls, tls_name=tls_name
    )
    if accounts:
        username, password = username or OPERATOR, password or accounts[OPERATOR]
        admit(opened, (username, password), accounts, copies if replication > 1 else None)
    with opened((username, password or "") if username else None) as connected:
        session = connected.connect()
        session.execute(f"CREATE KEYSPACE IF NOT EXISTS {keyspace} WITH replication = {copies}")
        session.set_keyspace(keyspace)
        end = time.monotonic() + AGREEMENT_SECONDS
        while True:
            try:
                done = apply_missing(session)
                break
            except (InvalidRequest, ReadFailure, WriteFailure):
                # In a young ring a node may not have heard yet of a table that another one has made.
                if time.monotonic() > end:
                    raise
                time.sleep(AGAIN_SECONDS)
        return done + (grant(session, keyspace) if accounts else [])


def apply_missing(session: Session) -> list[str]:
    """Apply, on a session with a keyspace, the definitions that `schema_versions` does not hold, and make again what
    is missing of the others; the names of the files, and of tables and columns.
    """
    session.execute(
        "CREATE TABLE IF NOT EXISTS schema_versions "
        "(version int PRIMARY KEY, name text, checksum text, applied_at timestamp)"
    )
    applied = {
        row.version: row for row in session.execute("SELECT version, name, checksum FROM schema_versions")
    }
    before = [definition for definition in definitions() if definition.version in applied]
    for definition in before:
        if applied[definition.version].checksum != definition.checksum:
            raise SetupError(
                f"{definition.name} was changed after it had been applied: undo that and write "
                "the change as a new file. (On a machine of your own, `make clean` begins anew.)"
            )
    done = make_again(session, [statement for definition in before for statement in definition.statements])
    for definition in definitions():
        if definition.version in applied:
            continue
        apply_definition(session, definition)
        session.execute(
            "INSERT INTO schema_versions (version, name, checksum, applied_at) "
            "VALUES (%s, %s, %s, toTimestamp(now()))",
            (definition.version, definition.name, definition.checksum),
        )
        done.append(definition.name)
    return done


def make_again(session: Session, statements: Sequence[str]) -> list[str]:
    """Make the tables and columns that these statements, all of them applied once, have made and that are not there."""
    wanted, found = shape(statements), there(session)
    made = [table for table in wanted if table not in found]
    for statement in statements:
        if table_of(statement) in made:
            execute(session, statement)
    for table, columns in wanted.items():
        for column in columns.keys() - found.get(table, columns).keys():
            add_again(session, table, column, columns[column])
            made.append(f"{table}.{column}")
    if any(one.partition(".")[0] not in OF_NO_UPLOAD for one in made):
        # It is no longer true that what came before is stored: the processor works through the log again.
        session.execute(f"TRUNCATE {PROGRESS}")
    return made


def add_again(session: Session, table: str, column: str, kind: str) -> None:
    """Add a column that was dropped.

    Cassandra goes on hiding what is written to it with a time before the drop, and our writes bear no time of today:
    so it is dropped again, as of the beginning of time. What was in it is gone.
    """
    session.execute(f"ALTER TABLE {table} ADD IF NOT EXISTS {column} {kind}")
    session.execute(f"ALTER TABLE {table} DROP {column} USING TIMESTAMP 0")
    session.execute(f"ALTER TABLE {table} ADD {column} {kind}")


def there(session: Session) -> dict[str, Columns]:
    """The tables of the session's keyspace, as Cassandra has them."""
    tables: dict[str, Columns] = {}
    for row in session.execute(
        "SELECT table_name, column_name, type FROM system_schema.columns WHERE keyspace_name = %s",
        (session.keyspace,),
    ):
        tables.setdefault(row.table_name, {})[row.column_name] = row.type
    return tables


def apply_definition(session: Session, definition: Definition) -> None:
    """Execute its statements, of which some or all may have been executed before."""
    for statement in definition.statements:
        execute(session, statement)


def execute(session: Session, statement: str) -> None:
    """Execute a statement, unless it gives a column a name that is there.

    Cassandra takes IF EXISTS before the old name, and refuses the statement nevertheless where that is not there.
    """
    renamed = RENAME.fullmatch(statement)
    if renamed is None or renamed[3] not in there(session)[renamed[1]]:
        session.execute(statement)
