"""Locks between processes: held by one at a time, and let go with the process, however it ends."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.console import Console

POLL_SECONDS = 0.2


def take(path: Path) -> int | None:
    """Take the lock of this path: its descriptor (close it to let go), or None where another process holds
    it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


@contextmanager
def exclusive(path: Path, console: Console, waiting: str) -> Iterator[None]:
    """Hold the lock of this path; while another process holds it, say what is waited for."""
    began = time.monotonic()
    while (descriptor := take(path)) is None:
        console.wait(f"  {waiting}, {time.monotonic() - began:.0f} s")
        time.sleep(POLL_SECONDS)
    try:
        yield
    finally:
        os.close(descriptor)
