"""Small disks of their own for the engines: tmpfs of a fixed size, which can be filled and emptied."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

MIB = 1024 * 1024
FILLER = "filler"


def why_not() -> str | None:
    """Why no disk can be made here; None where one can."""
    if sys.platform != "linux":
        return "needs Linux"
    return None if os.geteuid() == 0 else "needs root"


@contextmanager
def small(folder: Path, mebibytes: int) -> Iterator[None]:
    """A disk of this size at `folder`, made for it and gone with the block. Raises CalledProcessError."""
    folder.mkdir(parents=True, exist_ok=True)
    options = f"size={mebibytes}m,mode=0700"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], check=True)  # noqa: S603, S607
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)  # noqa: S603, S607


def fill(folder: Path, leave_bytes: int = 0) -> None:
    """Leave so many bytes free."""
    with (folder / FILLER).open("ab", buffering=0) as filler:
        if leave_bytes:
            os.posix_fallocate(filler.fileno(), 0, shutil.disk_usage(folder).free - leave_bytes)
            return
        for size in (MIB, 4096, 1):
            with suppress(OSError):
                while True:
                    filler.write(bytes(size))


def empty(folder: Path) -> None:
    """Make room again."""
    (folder / FILLER).unlink(missing_ok=True)
