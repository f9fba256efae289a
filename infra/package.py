"""`pip install .` installs the Python client and its command `ecg` alone; the services run from the clone or the image.

Promises a wheel with the one name `ecg_client`, what it imports of the contracts and of the formats inside as
`ecg_client._schemas` and `ecg_client._formats`, and nothing left in the tree but what Python compiles. A build backend
(PEP 517) of the standard library: one that knows how to take half a package and rename it is as long as a plug-in of a
build tool, and needs no network.
"""

import ast
import base64
import hashlib
import io
import re
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
NAME = f"{PROJECT['name'].replace('-', '_')}-{PROJECT['version']}"
SHARED = ("schemas", "formats")
OF_SHARED = re.compile(r"^(\s*from )(schemas|formats)\b", re.MULTILINE)
BUILD = ("pyproject.toml", "README.md", "LICENSE", "infra/__init__.py", "infra/package.py")


def build_wheel(
    wheel_directory: str,
    config_settings: object = None,  # noqa: ARG001 - the hook's signature is PEP 517's
    metadata_directory: object = None,  # noqa: ARG001
) -> str:
    """Write the wheel into the folder, and tell its name."""
    info = f"{NAME}.dist-info"
    scripts = "".join(f"{name} = {call}\n" for name, call in PROJECT["scripts"].items())
    files = {
        **{
            re.sub("^(schemas|formats)/", r"ecg_client/_\1/", name): OF_SHARED.sub(
                r"\1ecg_client._\2", (ROOT / name).read_text(encoding="utf-8")
            )
            for name in sources()
        },
        f"{info}/METADATA": metadata(),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: ecg-insights\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[console_scripts]\n{scripts}",
        f"{info}/licenses/LICENSE": (ROOT / "LICENSE").read_text(encoding="utf-8"),
    }
    record = "".join(f"{name},{digest(text)},{len(text.encode())}\n" for name, text in files.items())
    wheel = f"{NAME}-py3-none-any.whl"
    with zipfile.ZipFile(Path(wheel_directory) / wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {**files, f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}.items():
            archive.writestr(name, text)
    return wheel


def build_sdist(sdist_directory: str, config_settings: object = None) -> str:  # noqa: ARG001
    """Write what the wheel is built from into the folder, and tell the archive's name."""
    with tarfile.open(Path(sdist_directory) / f"{NAME}.tar.gz", "w:gz", format=tarfile.PAX_FORMAT) as archive:
        for name in (*BUILD, *sources()):
            archive.add(ROOT / name, f"{NAME}/{name}")
        text = metadata().encode()
        member = tarfile.TarInfo(f"{NAME}/PKG-INFO")
        member.size = len(text)
        archive.addfile(member, io.BytesIO(text))
    return f"{NAME}.tar.gz"


def sources() -> list[str]:
    """The client's modules, and those of what is shared that it imports, directly or by another."""
    found = {path.relative_to(ROOT).as_posix() for path in (ROOT / "ecg_client").rglob("*.py")}
    new = found
    while new:
        new = {one for name in new for one in shared_by(ROOT / name)} - found
        found = found | new
    return sorted(found)


def shared_by(module: Path) -> Iterator[str]:
    """The files of what is shared that one module imports."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and str(node.module).split(".")[0] in SHARED:
            parts = str(node.module).split(".")
            of = "/".join(parts)
            folders = ("/".join(parts[: count + 1]) for count in range(len(parts)))
            names = (
                *(f"{folder}/__init__.py" for folder in folders),
                f"{of}.py",
                *(f"{of}/{one.name}.py" for one in node.names),
            )
            yield from (name for name in names if (ROOT / name).exists())


def metadata() -> str:
    """The package's core metadata."""
    lines = [
        "Metadata-Version: 2.4",
        f"Name: {PROJECT['name']}",
        f"Version: {PROJECT['version']}",
        f"Summary: {PROJECT['description']}",
        f"License-Expression: {PROJECT['license']}",
        "License-File: LICENSE",
        f"Requires-Python: {PROJECT['requires-python']}",
        *(f"Requires-Dist: {one}" for one in PROJECT["dependencies"]),
        "Description-Content-Type: text/markdown",
    ]
    return "\n".join(lines) + "\n\n" + Path(ROOT, PROJECT["readme"]).read_text(encoding="utf-8")


def digest(text: str) -> str:
    """A file's hash, as a wheel's RECORD writes it."""
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
