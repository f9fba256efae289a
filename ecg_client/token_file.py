"""Tokens between two commands: files in the user's configuration folder that only they can read.

One is of a sign-in, the other of this machine as a device. Each is kept with the addresses that it was got for, and
given to no others.
"""

import json
import os
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

import click

Kind = Literal["token", "device"]


@dataclass(frozen=True, slots=True)
class Kept:
    """A sign-in, or a pairing. `name`: the address of who signed in, or what the device is called.

    `expires_at`: seconds since the epoch.
    """

    ingest_url: str
    query_url: str
    name: str
    expires_at: float
    token: str = field(repr=False)

    @property
    def is_over(self) -> bool:
        """Whether the token has expired."""
        return time.time() >= self.expires_at


def path(kind: Kind = "token") -> Path:
    """Where it is kept."""
    return Path(click.get_app_dir("ecg")) / f"{kind}.json"


def write(kept: Kept, kind: Kind = "token") -> Path:
    """Keep a sign-in, or a pairing, in place of the one before. Raises OSError."""
    file = path(kind)
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Made with mode 0600, and put in place whole.
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=".token-")
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        json.dump(asdict(kept), out)
    Path(name).replace(file)
    return file


def read(ingest_url: str, query_url: str, kind: Kind = "token") -> Kept | None:
    """The sign-in, or the pairing, at these addresses, if one is kept."""
    try:
        kept = Kept(**json.loads(path(kind).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return kept if (kept.ingest_url, kept.query_url) == (ingest_url, query_url) else None
