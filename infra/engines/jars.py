"""The engines' jars: fetched once by Maven into the shared cache, and never used before their SHA-256 is
checked.

The cache's folder is named after the lock and the pom, so a changed version is a new folder and an
unchanged one is fetched once, by whichever process comes first; the others wait for it. A folder appears
in one rename, complete.
"""

import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from infra import tied
from infra.console import Console
from infra.errors import SetupError
from infra.exclusive import exclusive
from infra.paths import cache_dir

HERE = Path(__file__).resolve().parent
POM = HERE / "pom.xml"
LOCK = HERE / "jars.lock"
ENGINES = ("kafka", "cassandra")
GOAL = "org.apache.maven.plugins:maven-dependency-plugin:copy-dependencies"
MAVEN_MISSING = "Maven is missing: install it (package `maven`, command `mvn`) and run this again."
TAIL_LINES = 15


def ensure_jars(console: Console) -> Path:
    """The folder with `kafka/*.jar` and `cassandra/*.jar`, as locked. Fetches them when they are not here
    yet.

    Raises SetupError when Maven is missing or fails, or when a jar is not the locked one.
    """
    name = hashlib.sha256(POM.read_bytes() + LOCK.read_bytes()).hexdigest()[:16]
    folder = cache_dir() / "jars" / name
    if folder.is_dir():
        return folder
    with exclusive(folder.with_suffix(".lock"), console, "another run is fetching the engines"):
        if not folder.is_dir():
            with tempfile.TemporaryDirectory(dir=folder.parent, prefix="fetching-") as temporary:
                fetched = Path(temporary) / "jars"
                fetch(fetched, console)
                check(fetched, LOCK.read_text())
                fetched.rename(folder)
    return folder


def fetch(folder: Path, console: Console) -> None:
    """Copy every jar that the pom names into `folder`, an engine a subfolder."""
    maven = shutil.which("mvn")
    if maven is None:
        raise SetupError(MAVEN_MISSING)
    began = time.monotonic()
    console.say("Fetching Kafka and Cassandra as jars (about 110 MB, once for this machine)")
    seen: list[str] = []
    for engine in ENGINES:
        command = [
            maven,
            "--batch-mode",
            "-Dstyle.color=never",
            "--file",
            str(POM),
            f"-P{engine}",
            GOAL,
            f"-DoutputDirectory={folder / engine}",
            "-DincludeScope=runtime",
        ]
        with subprocess.Popen(  # noqa: S603 - the command is ours
            tied.command(command),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
        ) as process:
            assert process.stdout is not None
            output = []
            for line in process.stdout:
                output.append(line)
                done = re.match(r"(\[INFO\] )?Downloaded from .*/([^/ ]+\.jar)\b", line)
                if done:
                    seen.append(done[2])
                seconds = time.monotonic() - began
                console.wait(f"  {len(seen)} files fetched, {seconds:.0f} s{': ' + seen[-1] if seen else ''}")
        if process.returncode != 0:
            shown = [text for text in output if "Download" not in text][-TAIL_LINES:]
            raise SetupError(
                f"Maven could not fetch the jars of {engine}. Its last lines:\n" + "".join(shown)
            )
    console.say(f"  jars here after {time.monotonic() - began:.0f} s")


def listing(folder: Path) -> str:
    """The lock's text for a folder: one line `<sha256>  <engine>/<jar>` a jar, sorted by name."""
    jars = sorted(folder.glob("*/*.jar"), key=lambda jar: jar.relative_to(folder).as_posix())
    lines = []
    for jar in jars:
        with jar.open("rb") as opened:
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
        lines.append(f"{digest}  {jar.relative_to(folder).as_posix()}\n")
    return "".join(lines)


def check(folder: Path, locked: str) -> None:
    """Raise SetupError unless the folder holds exactly the locked jars."""
    wrong = sorted(
        {line.split("  ")[1] for line in set(listing(folder).splitlines()) ^ set(locked.splitlines())}
    )
    if wrong:
        raise SetupError(
            "These jars are not the locked ones (SHA-256 in infra/engines/jars.lock), so nothing was "
            "started: " + ", ".join(wrong)
        )


def write_lock(console: Console) -> None:
    """Fetch what the pom names and lock it as it came. For maintainers, after a change of the pom."""
    with tempfile.TemporaryDirectory(prefix="ecg-jars-") as temporary:
        fetch(Path(temporary), console)
        LOCK.write_text(listing(Path(temporary)))
    console.say(f"{LOCK.name}: {len(LOCK.read_text().splitlines())} jars")


if __name__ == "__main__":
    try:
        write_lock(Console())
    except SetupError as error:
        sys.exit(str(error))
