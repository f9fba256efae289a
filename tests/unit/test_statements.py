"""What is said of a statement beside its text is what its text says: whether it is conditional, what its list has."""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator

import pytest

import query_api
import service_kit
import stream_processor
from infra.paths import REPOSITORY
from service_kit.engines.cassandra.statements import Statement

DEFINITIONS = "\n".join(
    path.read_text(encoding="utf-8") for path in sorted((REPOSITORY / "infra").rglob("*.cql"))
)


def statements() -> Iterator[tuple[str, Statement]]:
    for room in (query_api, service_kit, stream_processor):
        for module in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
            if not module.name.endswith("__main__"):
                for name, value in vars(importlib.import_module(module.name)).items():
                    if isinstance(value, Statement):
                        yield f"{module.name}.{name}", value


ALL = dict(statements())


def partition_key(table: str) -> list[str]:
    found = re.search(
        rf"TABLE IF NOT EXISTS {table} \((?:.*?)PRIMARY KEY \(\(([^)]*)\)", DEFINITIONS, re.DOTALL
    )
    assert found is not None, table
    return [column.strip() for column in found[1].split(",")]


def test_there_are_some() -> None:
    assert len(ALL) > 20


def test_no_statement_is_put_together_when_a_request_comes() -> None:
    """Nothing of a request is in the text of one: values go beside it."""
    makers = {"Statement", "between"}
    for room in ("query_api", "service_kit", "stream_processor"):
        for path in (REPOSITORY / room).rglob("*.py"):
            for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if (
                    isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
                    and function.name not in makers
                ):
                    calls = [one.func for one in ast.walk(function) if isinstance(one, ast.Call)]
                    made = {one.id for one in calls if isinstance(one, ast.Name)}
                    assert not made & makers, f"{path}: {function.name}"


@pytest.mark.parametrize("name", ALL)
def test_whether_it_may_be_asked_twice_is_what_its_text_says(name: str) -> None:
    assert ALL[name].conditional == (re.search(r"\bIF\b", ALL[name].cql) is not None)


@pytest.mark.parametrize("name", [name for name, statement in ALL.items() if statement.list_key])
def test_the_first_values_of_a_lists_row_name_its_partition(name: str) -> None:
    written = re.search(r"INSERT INTO (\w+) \(([^)]*)\)", ALL[name].cql)
    assert written is not None
    columns = [column.strip() for column in written[2].split(",")]
    assert columns[: ALL[name].list_key] == partition_key(written[1])
