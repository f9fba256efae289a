"""`make lock`: resolves pyproject.toml anew into `locks/`, with the hash of every file and no registry's
address.
"""

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from infra.paths import REPOSITORY

# The tool that resolves, pinned like what it pins.
UV = "uv==0.13.9"
LOCKS = {
    "runtime.txt": ("--group", "pyproject.toml:services"),
    "dev.txt": ("pyproject.toml", "--group", "services", "--group", "dev"),
    "java.txt": ("--group", "pyproject.toml:java"),
}
OPTIONS = (
    "--universal",
    "--python-version",
    "3.11",
    "--generate-hashes",
    "--no-header",
    "--no-emit-index-url",
)


def main() -> None:
    """Write every lock."""
    with tempfile.TemporaryDirectory(prefix="ecg-lock-") as folder:
        venv.create(folder, with_pip=True)
        tools = Path(folder) / "bin"
        subprocess.run([tools / "python", "-m", "pip", "install", "--quiet", UV], check=True)  # noqa: S603
        for name, sources in LOCKS.items():
            subprocess.run(  # noqa: S603 - the command is ours
                [
                    tools / "uv",
                    "pip",
                    "compile",
                    "--quiet",
                    "--upgrade",
                    *OPTIONS,
                    *sources,
                    "-o",
                    f"locks/{name}",
                ],
                cwd=REPOSITORY,
                check=True,
            )
            print(f"locks/{name}")


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as failure:
        sys.exit(f"The locks were not written anew: {failure.cmd[0]} ended with {failure.returncode}.")
