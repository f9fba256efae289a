"""Tokens between two commands: files in the user's configuration folder that only they can read.

One is of a sign-in, the other of this machine as a device. Each is kept with the addresses that it was got for, and
given to no others. A file is replaced whole, by one process at a time: a refresh token is good once.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

import click

Kind = Literal["token", "device"]


@dataclass(frozen=True, slots=True)
class Kept:
    """A sign-in, or a pairing. `name`: the address of who signed in, or what the device is called.

    `expires_at`: of the token, seconds since the epoch. `refresh_token`: what a sign-in's is traded for the next by.
    """

    ingest_url: str
    query_url: str
    name: str
    expires_at: float
    token: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)

    @property
    def is_over(self) -> bool:
        """Whether the token has expired."""
        return time.time() >= self.expires_at

    @property
    def goes_on(self) -> bool:
        """Whether there is a token that may hold, or what the next is got for."""
        return not self.is_over or self.refresh_token is not None


def path(kind: Kind = "token") -> Path:
    """Where it is kept."""
    return Path(click.get_app_dir("ecg")) / f"{kind}.json"


def write(kept: Kept, kind: Kind = "token") -> Path:
    """Keep a sign-in, or a pairing, in place of the one before. Raises OSError."""
    file = path(kind)
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Made with mode 0600, and put in place whole, on disk before: what was there is good no longer.
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=".token-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            json.dump(asdict(kept), out)
            out.flush()
            os.fsync(out.fileno())
        Path(name).replace(file)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
    return file


def forget(kind: Kind = "token") -> None:
    """Keep none any more. Raises OSError."""
    path(kind).unlink(missing_ok=True)


@contextmanager
def exclusive() -> Iterator[None]:
    """Be the one process that changes what is kept, which may be another one's than before. Raises OSError."""
    file = path().with_suffix(".lock")
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with file.open("a") as held:
        # Windows locks otherwise; there two that go on at once are told the same by the service, for half a minute.
        if sys.platform != "win32":
            import fcntl  # noqa: PLC0415

            fcntl.flock(held, fcntl.LOCK_EX)
        yield


def read(ingest_url: str, query_url: str, kind: Kind = "token") -> Kept | None:
    """The sign-in, or the pairing, at these addresses, if one is kept."""
    try:
        kept = Kept(**json.loads(path(kind).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return kept if (kept.ingest_url, kept.query_url) == (ingest_url, query_url) else None
