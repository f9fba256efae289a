"""The installed package is the client alone: it takes one name, works without the clone, asks for what it imports and
leaves nothing in the tree."""

import ast
import re
import subprocess
import sys
import tarfile
import zipfile
from email import message_from_bytes
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from infra.package import NAME, build_sdist, build_wheel
from infra.paths import REPOSITORY

INFO = f"{NAME}.dist-info"


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The wheel, unpacked as an installer does."""
    folder = tmp_path / "installed"
    zipfile.ZipFile(tmp_path / build_wheel(str(tmp_path))).extractall(folder)
    return folder


def test_it_takes_one_name_and_records_every_file(installed: Path) -> None:
    assert {path.name for path in installed.iterdir()} == {"ecg_client", INFO}
    recorded = {line.split(",")[0] for line in (installed / INFO / "RECORD").read_text("utf-8").splitlines()}
    files = {path.relative_to(installed).as_posix() for path in installed.rglob("*") if path.is_file()}
    assert recorded == files
    assert f"{INFO}/licenses/LICENSE" in files


def test_it_works_without_the_clone(installed: Path) -> None:
    code = (
        "import sys, runpy; sys.path.insert(0, sys.argv.pop(1)); import ecg_client, ecg_client.encoding; "
        "from ecg_client._schemas import arrow; assert 'schemas' not in sys.modules; "
        "runpy.run_module('ecg_client', run_name='__main__', alter_sys=True)"
    )
    told = subprocess.run(
        [sys.executable, "-I", "-c", code, str(installed), "--help"],
        cwd=installed,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    assert "upload" in told.stdout


def test_it_asks_for_what_it_imports_and_for_nothing_else(installed: Path) -> None:
    asked = message_from_bytes((installed / INFO / "METADATA").read_bytes()).get_all("Requires-Dist", [])
    names = {re.split(r"[^\w-]", one)[0] for one in asked}
    imported = {top for path in installed.rglob("*.py") for top in imports(path)}
    others = imported - sys.stdlib_module_names - {"ecg_client"}
    distributions = packages_distributions()
    assert names == {distributions[top][0] for top in others}


def test_it_builds_from_the_archive_of_its_source(tmp_path: Path, installed: Path) -> None:
    with tarfile.open(tmp_path / build_sdist(str(tmp_path))) as archive:
        archive.extractall(tmp_path, filter="data")
    again = tmp_path / "again"
    again.mkdir()
    subprocess.run(
        [sys.executable, "-c", "import sys, infra.package as p; p.build_wheel(sys.argv[1])", str(again)],
        cwd=tmp_path / NAME,
        check=True,
    )
    (wheel,) = again.iterdir()
    assert zipfile.ZipFile(wheel).read(f"{INFO}/RECORD") == (installed / INFO / "RECORD").read_bytes()


def test_it_leaves_nothing_in_the_tree(tmp_path: Path) -> None:
    before = tree()
    build_wheel(str(tmp_path))
    build_sdist(str(tmp_path))
    assert tree() == before


def imports(path: Path) -> set[str]:
    """The top-level names that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {one.name.split(".")[0] for one in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(str(node.module).split(".")[0])
    return found


def tree() -> set[str]:
    """Every entry at the top of the clone and beside the client's modules, but what Python and the tools keep."""
    folders = (REPOSITORY, REPOSITORY / "ecg_client", REPOSITORY / "schemas", REPOSITORY / "infra")
    return {
        str(path) for folder in folders for path in folder.iterdir() if not path.name.startswith((".", "__"))
    }
