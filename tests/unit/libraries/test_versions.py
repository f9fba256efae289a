"""What leans on the inside of a library was tried with one version of it: that one is pinned, and is installed."""

import tomllib
from importlib.metadata import version

import pytest

from infra.paths import REPOSITORY

LEANED_ON = (
    "aiokafka",
    "cassandra-driver",
    "fastapi",
    "faust-streaming",
    "httptools",
    "mode-streaming",
    "starlette",
    "uvicorn",
)


@pytest.mark.parametrize("library", LEANED_ON)
def test_the_version_that_was_tried_is_pinned_and_installed(library: str) -> None:
    groups = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]
    assert f"{library}=={version(library)}" in groups["services"]
    for lock in ("runtime.txt", "dev.txt"):
        assert f"\n{library}=={version(library)} " in (REPOSITORY / "locks" / lock).read_text(
            encoding="utf-8"
        )
