"""What the image holds is what its commands import, and nothing else."""

import ast
from functools import cache
from pathlib import Path

import pytest

from harness.compose import services
from infra.paths import REPOSITORY

LINES = (REPOSITORY / ".dockerignore").read_text(encoding="utf-8").splitlines()
HELD = [REPOSITORY / line.removeprefix("!") for line in LINES if line.startswith("!")]
# What is read rather than imported.
READ = {REPOSITORY / "locks" / "runtime.txt", REPOSITORY / "infra" / "tables"}


def commands() -> set[str]:
    """The modules that containers of our image run."""
    found = set()
    for service in services().values():
        told = service.get("entrypoint") or service.get("command") or []
        if told[:2] == ["python", "-m"]:
            found.add(told[2])
    return found


def file_of(module: str) -> Path | None:
    """Where a module of ours is, None for others'."""
    place = REPOSITORY.joinpath(*module.split("."))
    return next((one for one in (place / "__init__.py", place.with_suffix(".py")) if one.exists()), None)


@cache
def imported(path: Path) -> list[str]:
    """The modules that a file names, and what may be one."""
    found: list[str] = []
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            found += (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [node.module, *(f"{node.module}.{name.name}" for name in node.names)]
    return found


def needed(module: str) -> set[Path]:
    """The files of ours that a command reads, itself and what contains it included."""
    todo, found = [module, f"{module}.__main__"], set()
    while todo:
        one = todo.pop()
        path = file_of(one)
        if path is None or path in found:
            continue
        found.add(path)
        todo += [*imported(path), one.rpartition(".")[0]]
    return found


def test_there_are_services_and_jobs() -> None:
    assert {"ingest_api", "infra.apply", "infra.stack.passwords"} <= commands()


def test_the_image_holds_the_services_and_what_prepares_them_alone() -> None:
    assert next(line for line in LINES if not line.startswith("#")) == "*"
    files = {path for module in commands() for path in needed(module)} | READ
    idle = [one for one in HELD if not any(path == one or one in path.parents for path in files)]
    assert idle == []


@pytest.mark.parametrize("module", sorted(commands()))
def test_all_that_a_command_imports_is_in_the_image(module: str) -> None:
    files = needed(module)
    assert len(files) > 1
    missing = [path for path in files if not any(path == one or one in path.parents for one in HELD)]
    assert missing == []
