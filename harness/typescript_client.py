"""TypeScript's client of the OpenAPI documents: types made of each, checked, and a program that uses them."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from docs.openapi.__main__ import FOLDER
from infra.paths import cache_dir

_SOURCES = Path(__file__).parent / "typescript"
_PROGRAM = "upload_and_read"
# More than the packages take to come over a slow line.
_LIMIT_SECONDS = 300
_COMPILER_OPTIONS = ("--strict", "--target", "es2022", "--module", "nodenext", "--types", "node")


def why_not() -> str | None:
    """Why there is no such client here, if there is none."""
    missing = [command for command in ("node", "npm") if shutil.which(command) is None]
    return f"this machine has no {' and no '.join(missing)}" if missing else None


def built() -> Path:
    """The compiled program, made of the committed documents. Raises AssertionError, with what was said of a type that
    is wrong.
    """
    folder = _installed()
    for document in sorted(FOLDER.glob("*.json")):
        _run(folder, "node_modules/.bin/openapi-typescript", str(document), "-o", f"{document.stem}.ts")
    (folder / f"{_PROGRAM}.ts").write_bytes((_SOURCES / f"{_PROGRAM}.ts").read_bytes())
    _run(folder, "node_modules/.bin/tsc", *_COMPILER_OPTIONS, *(path.name for path in folder.glob("*.ts")))
    return folder / f"{_PROGRAM}.js"


def upload_and_read(program: Path, *, query_url: str, ingest_url: str, email: str, password: str) -> str:
    """What the program read of the ECG that it uploaded."""
    return _run(program.parent, "node", program.name, query_url, ingest_url, email, ECG_PASSWORD=password)


def _installed() -> Path:
    """A folder with the locked packages, installed once for each lock."""
    lock = (_SOURCES / "package-lock.json").read_bytes()
    folder = cache_dir() / f"typescript-{hashlib.sha256(lock).hexdigest()[:16]}"
    if not (folder / "installed").exists():
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(_SOURCES / name, folder)
        _run(folder, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
        (folder / "installed").touch()
    return folder


def _run(folder: Path, *command: str, **environment: str) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_LIMIT_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
