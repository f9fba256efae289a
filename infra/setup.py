"""Makes `.venv` from the locked packages, once for each lock, with the `ecg` command in it:
`python infra/setup.py`, run by every make target.

Runs on the machine's own Python, before anything is installed: the standard library and this room's
console alone.
"""

import hashlib
import shutil
import subprocess
import sys
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

from infra.console import Console  # noqa: E402
from infra.errors import SetupError  # noqa: E402
from infra.exclusive import exclusive  # noqa: E402
from infra.paths import cache_dir  # noqa: E402

VENV = REPOSITORY / ".venv"
LOCK = REPOSITORY / "locks" / "dev.txt"
COMMAND = VENV / "bin" / "ecg"
TAIL_LINES = 10
NO_MAVEN = "Maven is missing: install it (package `maven`, command `mvn`) and run this again."
NO_VENV = (
    "This Python cannot make a virtual environment: install its `venv` module "
    "(on Debian and Ubuntu the package `python3-venv`) and run this again."
)


def main(console: Console) -> None:
    """Have `.venv` as locked. Raises SetupError, which names what is missing on this machine."""
    install_locked(console)
    if not COMMAND.exists():
        COMMAND.write_text(
            f"#!/bin/sh\nPYTHONPATH='{REPOSITORY}' exec '{VENV}/bin/python' -m ecg_client \"$@\"\n",
            encoding="utf-8",
        )
        COMMAND.chmod(0o755)


def install_locked(console: Console) -> None:
    """Install what the lock names, unless it is there. Raises SetupError."""
    stamp = VENV / f"locked-{hashlib.sha256(LOCK.read_bytes()).hexdigest()[:16]}"
    if stamp.exists():
        return
    if shutil.which("mvn") is None and not (cache_dir() / "jars").is_dir():
        # Only the engines need it, later; but nobody should wait a minute to be told.
        raise SetupError(NO_MAVEN)
    with exclusive(REPOSITORY / ".venv.lock", console, "another run is installing the packages"):
        if not stamp.exists():
            install(console)
            stamp.touch()


def install(console: Console) -> None:
    """Make the environment anew and install the locked packages, each checked against its hash."""
    began = time.monotonic()
    console.say(f"Installing the locked Python packages into .venv (once; Python {sys.version.split()[0]})")
    made = subprocess.run(  # noqa: S603 - the command is ours
        [sys.executable, "-m", "venv", "--clear", str(VENV)], capture_output=True, text=True, check=False
    )
    if made.returncode != 0:
        raise SetupError(NO_VENV)
    command = [
        str(VENV / "bin" / "python"),
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "--no-input",
    ]
    with subprocess.Popen(  # noqa: S603 - the command is ours
        # The lock is the whole answer: with --no-deps no pip, of whatever version, works out another one.
        # Python compiles what is imported, when it is; compiling everything takes longer than fetching it.
        [*command, "--no-deps", "--no-compile", "--require-hashes", "--requirement", str(LOCK)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        output, count, doing = [], 0, "fetching"
        for line in process.stdout:
            output.append(line)
            count += line.startswith("Collecting ")
            if line.startswith("Installing"):
                doing = "unpacking"
            console.wait(f"  {doing} {count} packages, {time.monotonic() - began:.0f} s")
    if process.returncode != 0:
        raise SetupError(
            "The packages could not be installed. pip's last lines:\n" + "".join(output[-TAIL_LINES:])
        )
    console.say(f"  {count} packages here after {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    try:
        # Standard output belongs to the command that follows, which may be read by a shell (`make env`).
        main(Console(sys.stderr))
    except SetupError as error:
        sys.exit(str(error))
