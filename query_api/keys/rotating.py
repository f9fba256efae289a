"""Puts another key in the place of one that signs, and no token is refused meanwhile: believed everywhere first, then
used, then forgotten.

A step that was interrupted is gone on with by the next call. Nothing is restarted: the query APIs look at the folder.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path

from query_api.key_files import read_or_make
from query_api.keys.signing import load_private, new_key, public_jwk
from schemas.claims import MAX_TOKEN_SECONDS
from schemas.identity import Signs

_FILES: dict[Signs, str] = {"sign-in": "sign-in", "devices": "devices"}
# Tokens of a key that signs no longer live for so long, and a minute for clocks that differ, twice over.
_LIVES: dict[Signs, int] = {
    "sign-in": MAX_TOKEN_SECONDS["access"] + 120,
    "devices": MAX_TOKEN_SECONDS["device"] + 120,
}
_LOCK_FILE = "rotating.lock"


class RotatingError(Exception):
    """It cannot be done; the text says why, in a sentence."""


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Nobody else rotates the keys of this folder inside the block. Raises RotatingError."""
    if not folder.is_dir():
        raise RotatingError(f"{folder} is no folder; ECG_KEYS_DIR names the one of the keys.")
    with (folder / _LOCK_FILE).open("a") as lock:
        try:
            flock(lock, LOCK_EX | LOCK_NB)
        except OSError:
            raise RotatingError("Somebody else is rotating the keys of this folder.") from None
        yield


def make_next(folder: Path, kind: Signs) -> str:
    """Make the next key beside the one that signs, believed and signing nothing, unless there is one; its id."""
    pem = read_or_make(_next(folder, kind), new_key)
    return public_jwk(load_private(pem, _next(folder, kind).name)).kid


def use_next(folder: Path, kind: Signs) -> None:
    """Let the next key sign, and keep the one before it as one that is believed."""
    signs, retired = folder / f"{_FILES[kind]}.pem", folder / f"{_FILES[kind]}-retired-{int(time.time())}.pem"
    os.link(signs, retired)
    _next(folder, kind).replace(signs)


def forget_retired(folder: Path, kind: Signs) -> list[Path]:
    """Remove the keys that were retired for longer than a token of theirs lives; which."""
    due = []
    for path in sorted(folder.glob(f"{_FILES[kind]}-retired-*.pem")):
        since = path.stem.rpartition("-")[2]
        if since.isdecimal() and int(since) + _LIVES[kind] < time.time():
            path.unlink()
            due.append(path)
    return due


def _next(folder: Path, kind: Signs) -> Path:
    return folder / f"{_FILES[kind]}-next.pem"
