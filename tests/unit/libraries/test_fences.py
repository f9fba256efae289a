"""Whatever leans on the inside of a library stands in that library's folder, where its contract test is pointed to."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.paths import REPOSITORY

ROOMS = (
    "schemas", "formats", "service_kit", "ingest_api", "query_api", "stream_processor", "ecg_client", "infra",
    "harness", "faults", "benchmarks", "docs",
)  # fmt: skip
CASSANDRA, KAFKA = "service_kit/engines/cassandra", "service_kit/engines/kafka"
FRAMEWORK, SERVER = "service_kit/http/framework", "service_kit/http/server"
CONSUMING = "stream_processor/consuming"
# Of each library: where its inside may be leaned on, and which of its modules are for everybody.
FENCES: dict[str, tuple[str, frozenset[str]]] = {
    "aiokafka": (
        KAFKA,
        # The last is what a parameter of the admin client is made of; no other module gives it.
        frozenset({
            "aiokafka", "aiokafka.admin", "aiokafka.admin.config_resource", "aiokafka.errors", "aiokafka.structs",
        }),
    ),
    "cassandra": (
        CASSANDRA,
        frozenset({
            "cassandra", "cassandra.auth", "cassandra.cluster", "cassandra.policies", "cassandra.query",
            "cassandra.util", "cassandra.io.libevreactor",
        }),
    ),
    "fastapi": (
        FRAMEWORK,
        frozenset({
            "fastapi", "fastapi.exceptions", "fastapi.openapi.docs", "fastapi.responses", "fastapi.security",
            "fastapi.staticfiles",
        }),
    ),
    "starlette": (
        FRAMEWORK,
        frozenset({
            "starlette", "starlette.datastructures", "starlette.exceptions", "starlette.requests", "starlette.types",
        }),
    ),
    "uvicorn": (SERVER, frozenset({"uvicorn"})),
    "httptools": (SERVER, frozenset({"httptools"})),
    "faust": (CONSUMING, frozenset()),
    "mode": (CONSUMING, frozenset()),
}  # fmt: skip
# What the system runs on knows nothing of the kit, and has accounts to make.
ALSO = {"aiokafka": "infra/access/kafka"}
FOLDERS = {folder for folder, _ in FENCES.values()} | {*ALSO.values()}
# FastAPI documents that its security schemes are for subclassing.
FOR_SUBCLASSING = {"fastapi.security.OAuth2PasswordBearer"}
BY_NAME = {"getattr", "setattr", "hasattr", "delattr"}
# Own objects' own names, and Python's.
OWN = {"worker._say", "os._exit"}

FILES = [path for room in ROOMS for path in sorted((REPOSITORY / room).rglob("*.py"))]


def imported(tree: ast.AST) -> dict[str, str]:
    """The names that are of these libraries in a file, and what each is in full."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in FENCES:
            found |= {one.asname or one.name: f"{node.module}.{one.name}" for one in node.names}
        elif isinstance(node, ast.Import):
            for one in node.names:
                if one.name.split(".")[0] in FENCES:
                    found[one.asname or one.name.split(".")[0]] = one.name
    return found


def breaches(path: Path, tree: ast.AST) -> Iterator[str]:
    folder = path.parent.relative_to(REPOSITORY).as_posix()
    names = imported(tree)

    def outside(library: str) -> bool:
        return folder not in {FENCES[library][0], ALSO.get(library)}

    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in FENCES:
            library = node.module.split(".")[0]
            if node.module not in FENCES[library][1] and outside(library):
                yield f"imports {node.module}, which is not for everybody"
            if any(one.name.startswith("_") for one in node.names) and outside(library):
                yield f"imports a private name of {node.module}"
        elif isinstance(node, ast.Import):
            for one in node.names:
                library = one.name.split(".")[0]
                if library in FENCES and one.name not in FENCES[library][1] and outside(library):
                    yield f"imports {one.name}, which is not for everybody"
        elif isinstance(node, ast.ClassDef):
            for base in map(ast.unparse, node.bases):
                first, _, rest = base.partition(".")
                whole = ".".join(filter(None, (names.get(first), rest)))
                library = whole.split(".")[0]
                if first in names and whole not in FOR_SUBCLASSING and outside(library):
                    yield f"{node.name} overrides what is inside of {whole}"
        elif folder not in FOLDERS and (private := private_name(node)) is not None:
            yield f"reaches for {private}"


def private_name(node: ast.AST) -> str | None:
    """A private name of something else, as it is reached for; None where the node reaches for none."""
    if isinstance(node, ast.Attribute) and node.attr.startswith("_") and not node.attr.endswith("__"):
        owner = ast.unparse(node.value)
        written = ast.unparse(node)
        return None if owner in {"self", "cls", "super()"} or written in OWN else written
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in BY_NAME:
        name = node.args[1]
        if isinstance(name, ast.Constant) and str(name.value).startswith("_"):
            return ast.unparse(node)
    return None


def test_there_is_much_to_look_at() -> None:
    assert len(FILES) > 300
    assert all((REPOSITORY / folder).is_dir() for folder in FOLDERS)


def test_nobody_leans_on_the_inside_of_a_library_from_elsewhere() -> None:
    found = [
        f"{path.relative_to(REPOSITORY)} {breach}"
        for path in FILES
        for breach in breaches(path, ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not found, "\n".join(["move what leans on the inside of a library to its folder:", *found])


@pytest.mark.parametrize(
    ("code", "breach"),
    [
        ("import aiokafka.client", "imports aiokafka.client, which is not for everybody"),
        ("from aiokafka.client import X", "imports aiokafka.client, which is not for everybody"),
        ("from cassandra.cluster import _X", "imports a private name of cassandra.cluster"),
        ("import uvicorn\nclass S(uvicorn.Server): ...", "S overrides what is inside of uvicorn.Server"),
        ("from fastapi.routing import APIRoute", "imports fastapi.routing, which is not for everybody"),
        ("import faust", "imports faust, which is not for everybody"),
        ("producer._closed = True", "reaches for producer._closed"),
        ("self._client._coordinator", "reaches for self._client._coordinator"),
        ("getattr(client, '_coordinator', None)", "reaches for getattr(client, '_coordinator', None)"),
    ],
)
def test_what_leans_is_seen(code: str, breach: str) -> None:
    assert list(breaches(REPOSITORY / "query_api" / "some.py", ast.parse(code))) == [breach]
