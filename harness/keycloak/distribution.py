"""Keycloak's distribution: fetched once by Maven into the shared cache, checked, and built for a quick start."""

import hashlib
import os
import shutil
import subprocess
import tempfile
import zipfile
from pathlib import Path

from infra import tied
from infra.console import Console
from infra.engines.jars import MAVEN_MISSING
from infra.errors import SetupError
from infra.exclusive import exclusive
from infra.paths import cache_dir

VERSION = "26.5.6"
SHA256 = "490189d9dff05272432d51f71a069462eeca97f2920a694d539a1e6c26a5a347"
_GOAL = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"
_THREADS = "io.quarkus.bootstrap.forkjoin.QuarkusForkJoinWorkerThreadFactory"
_ARTIFACT = f"org.keycloak:keycloak-quarkus-dist:{VERSION}:zip"


def ensure_keycloak(java: Path, console: Console) -> Path:
    """Its home folder, which appears in one rename, complete. Raises SetupError where it is not the one of before."""
    folder = cache_dir() / "keycloak" / SHA256[:16]
    if folder.is_dir():
        return folder
    with exclusive(folder.with_suffix(".lock"), console, "another run is fetching Keycloak"):
        if not folder.is_dir():
            with tempfile.TemporaryDirectory(dir=folder.parent, prefix="fetching-") as temporary:
                _fetch(Path(temporary), console)
                (home,) = (path for path in Path(temporary).iterdir() if path.is_dir())
                _run([*command(java, home), "build", "--db=dev-mem"], "Keycloak could not be built")
                home.rename(folder)
    return folder


def command(java: Path, home: Path) -> list[str]:
    """The command line of the program, as its own script has it."""
    modules = ("java.util", "java.util.concurrent", "java.security")
    return [
        str(java),
        *("-Xms64m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
        *(f"--add-opens=java.base/{module}=ALL-UNNAMED" for module in modules),
        f"-Djava.util.concurrent.ForkJoinPool.common.threadFactory={_THREADS}",
        "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
        f"-Dkc.home.dir={home}",
        f"-Djboss.server.config.dir={home / 'conf'}",
        *("-cp", str(home / "lib" / "quarkus-run.jar"), "io.quarkus.bootstrap.runner.QuarkusEntryPoint"),
    ]


def _fetch(folder: Path, console: Console) -> None:
    """Unpack the checked archive into `folder`."""
    maven = shutil.which("mvn")
    if maven is None:
        raise SetupError(MAVEN_MISSING)
    console.say("Fetching Keycloak, which tests sign in by (165 MB, once for this machine)")
    fetch = [maven, "--batch-mode", "--quiet", _GOAL, f"-Dartifact={_ARTIFACT}"]
    _run([*fetch, f"-DoutputDirectory={folder}"], "Maven could not fetch Keycloak")
    (archive,) = folder.glob("*.zip")
    with archive.open("rb") as opened:
        if hashlib.file_digest(opened, "sha256").hexdigest() != SHA256:
            raise SetupError(f"{archive.name} is not what it was (SHA-256), so it was not started.")
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(folder)
    archive.unlink()


def _run(argv: list[str], failed: str) -> None:
    done = subprocess.run(
        tied.command(argv),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"MAVEN_OPTS": "-Xmx512m"},
    )
    if done.returncode != 0:
        raise SetupError(f"{failed}:\n" + "\n".join((done.stdout + done.stderr).splitlines()[-15:]))
