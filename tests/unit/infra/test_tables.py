from pathlib import Path

import pytest

from infra.apply.shape import shape, table_of
from infra.apply.tables import definitions
from infra.errors import SetupError

# The longest that an uploaded event can be replayed; a tombstone has to outlive it.
REPLAYABLE_DAYS = 30
SECONDS_A_DAY = 86_400


def test_every_statement_is_of_a_kind_that_bears_a_second_run() -> None:
    statements = [statement for definition in definitions() for statement in definition.statements]
    assert {table_of(statement) for statement in statements} == shape(statements).keys()
    for refused in (
        "CREATE TABLE t (k int PRIMARY KEY)",
        "ALTER TABLE t ADD c int",
        "DROP TABLE IF EXISTS t",
    ):
        with pytest.raises(ValueError, match="no statement"):
            table_of(refused)


def test_the_shape_is_that_after_every_statement() -> None:
    statements = [
        "CREATE TABLE IF NOT EXISTS t (\n  k uuid,\n  at bigint,\n  PRIMARY KEY ((k), at)\n) WITH gc_grace_seconds = 1",
        "ALTER TABLE t RENAME at TO position",
        "ALTER TABLE t ADD IF NOT EXISTS at bigint",
        "ALTER TABLE t WITH speculative_retry = 'MIN(99p,50ms)'",
        "CREATE TABLE IF NOT EXISTS u (email text PRIMARY KEY, active boolean)",
    ]
    assert shape(statements) == {
        "t": {"k": "uuid", "position": "bigint", "at": "bigint"},
        "u": {"email": "text", "active": "boolean"},
    }


def test_no_replayable_event_outlives_a_tombstone() -> None:
    (ecgs,) = (definition for definition in definitions() if definition.name == "001_ecgs.cql")
    for statement in ecgs.statements:
        seconds = int(statement.rpartition("gc_grace_seconds = ")[2])
        assert seconds > REPLAYABLE_DAYS * SECONDS_A_DAY


def test_files_are_read_in_order_and_comments_are_no_statements(tmp_path: Path) -> None:
    (tmp_path / "002_b.cql").write_text("-- why; not what\nCREATE b; -- more\nCREATE c;\n")
    (tmp_path / "001_a.cql").write_text("CREATE a")
    (tmp_path / "notes.txt").write_text("CREATE nothing;")

    found = definitions(tmp_path)

    assert [(d.version, d.name, d.statements) for d in found] == [
        (1, "001_a.cql", ("CREATE a",)),
        (2, "002_b.cql", ("CREATE b", "CREATE c")),
    ]


def test_two_files_of_one_number_are_refused(tmp_path: Path) -> None:
    for name in ("001_a.cql", "001_b.cql"):
        (tmp_path / name).write_text("CREATE a;")
    with pytest.raises(SetupError, match="same number"):
        definitions(tmp_path)
