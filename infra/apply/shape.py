"""What the table definitions make, statement by statement: the columns that each table has in the end."""

import re
from collections.abc import Iterable

# Column by column, its type as Cassandra writes it.
Columns = dict[str, str]

_CREATE = re.compile(r"CREATE TABLE IF NOT EXISTS (\w+) \((.*)\)(?: WITH .*)?", re.DOTALL)
_KEY = re.compile(r",?\s*PRIMARY KEY\s*\(.*\)\s*$", re.DOTALL)
RENAME = re.compile(r"ALTER TABLE (\w+) RENAME (\w+) TO (\w+)")
_ADD = re.compile(r"ALTER TABLE (\w+) ADD IF NOT EXISTS (\w+) ([\w<>, ]+)")
_OPTIONS = re.compile(r"ALTER TABLE (\w+) WITH .*", re.DOTALL)


def table_of(statement: str) -> str:
    """The table that a statement is about. Raises ValueError where it is none that definitions are made of."""
    for kind in (_CREATE, RENAME, _ADD, _OPTIONS):
        if found := kind.fullmatch(statement):
            return found[1]
    raise ValueError(f"no statement that a table definition may have: {statement}")


def shape(statements: Iterable[str]) -> dict[str, Columns]:
    """The tables there are after these statements. Raises ValueError as `table_of` does."""
    tables: dict[str, Columns] = {}
    for statement in statements:
        table = table_of(statement)
        if found := _CREATE.fullmatch(statement):
            tables.setdefault(table, _columns(found[2]))
        elif found := RENAME.fullmatch(statement):
            columns = tables[table]
            if found[2] in columns:
                columns[found[3]] = columns.pop(found[2])
        elif found := _ADD.fullmatch(statement):
            tables[table].setdefault(found[2], found[3])
    return tables


def _columns(text: str) -> Columns:
    columns = {}
    for line in _KEY.sub("", text).split(","):
        name, kind, *_ = line.split()
        columns[name] = kind
    return columns
