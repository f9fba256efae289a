from pathlib import Path

import pytest

from infra.engines import java


def fake(folder: Path, version: str) -> Path:
    """A `java` that only tells this version, as Java does: on standard error."""
    path = folder / "bin" / "java"
    path.parent.mkdir(parents=True)
    path.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2025-01-01' >&2\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(("told", "version"), [("17.0.15", 17), ("25", 25), ("1.8.0_402", 1), ("21-ea", 21)])
def test_version(tmp_path: Path, told: str, version: int) -> None:
    assert java.version(fake(tmp_path, told)) == version


def test_what_does_not_run_has_no_version(tmp_path: Path) -> None:
    assert java.version(tmp_path / "java") is None
    assert java.version(tmp_path) is None


def test_java_home_comes_before_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, path = fake(tmp_path / "home", "17.0.1"), fake(tmp_path / "path", "17.0.2")
    monkeypatch.setenv("JAVA_HOME", str(home.parent.parent))
    monkeypatch.setenv("PATH", str(path.parent))

    assert list(java.candidates())[:2] == [home, path]


def test_an_engine_is_told_what_is_for_the_jvm_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECG_ADMIN_PASSWORD", "of no concern to an engine")
    monkeypatch.delenv("JDK_JAVA_OPTIONS", raising=False)
    assert java.environment() == {}
    monkeypatch.setenv("JDK_JAVA_OPTIONS", "-Xlog:gc")
    assert java.environment() == {"JDK_JAVA_OPTIONS": "-Xlog:gc"}
