"""What the services and the client never do: run text as code or as a command, and read what may become any object."""

import ast
from collections.abc import Iterator

import pytest

from infra.paths import REPOSITORY

ROOMS = ("schemas", "formats", "service_kit", "ingest_api", "stream_processor", "query_api", "ecg_client")
CALLS = {
    "eval",
    "exec",
    "compile",
    "__import__",
    "os.system",
    "os.popen",
    "subprocess.run",
    "subprocess.Popen",
    "asyncio.create_subprocess_shell",
}
# Deserializers that make any object, parsers of XML, templates, and what sends mail or asks a directory.
MODULES = {
    "pickle",
    "marshal",
    "shelve",
    "yaml",
    "xml",
    "lxml",
    "jinja2",
    "smtplib",
    "ldap3",
    "telnetlib",
    "ftplib",
}
# Its numbers can be foreseen: for how long to wait, and for nothing else.
FORESEEABLE = {"service_kit/engines/backoff.py", "ecg_client/attempts.py"}
FILES = {
    path.relative_to(REPOSITORY).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
    for room in ROOMS
    for path in sorted((REPOSITORY / room).rglob("*.py"))
}


def imported(tree: ast.AST) -> Iterator[str]:
    """The packages that a file imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (one.name.partition(".")[0] for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


@pytest.mark.parametrize("name", FILES)
def test_no_text_becomes_code_or_a_command(name: str) -> None:
    calls = [node for node in ast.walk(FILES[name]) if isinstance(node, ast.Call)]
    assert not {ast.unparse(call.func) for call in calls} & CALLS
    assert not [call for call in calls if any(one.arg == "shell" for one in call.keywords)]


@pytest.mark.parametrize("name", FILES)
def test_nothing_reads_what_may_become_any_object(name: str) -> None:
    assert not set(imported(FILES[name])) & MODULES


def test_what_nobody_may_guess_is_not_drawn_from_what_can_be_foreseen() -> None:
    assert {name for name, tree in FILES.items() if "random" in imported(tree)} == FORESEEABLE


def test_no_hash_is_called_that_is_broken() -> None:
    nodes = [node for tree in FILES.values() for node in ast.walk(tree)]
    assert not [node for node in nodes if isinstance(node, ast.ImportFrom) and node.module == "hashlib"]
    attributes = [node for node in nodes if isinstance(node, ast.Attribute)]
    used = {node.attr for node in attributes if ast.unparse(node.value) == "hashlib"}
    assert used == {"blake2b", "sha256"}
