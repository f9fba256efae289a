"""Files that hold secrets: made once, on first start, and readable by their owner alone."""

import logging
import os
import secrets
from collections.abc import Callable
from pathlib import Path

_log = logging.getLogger(__name__)

_FOLDER_MODE = 0o700
_FILE_MODE = 0o600
_OTHERS = 0o077


def read_or_make(path: Path, make: Callable[[], bytes]) -> bytes:
    """The bytes of the file; of a new one, on disk before this returns, where there was none.

    When several processes start at once all of them read the same bytes. Raises OSError.
    """
    path.parent.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
    if not path.exists():
        _make(path, make())
    if path.stat().st_mode & _OTHERS:
        _log.warning("a key file can be read by others than its owner", extra={"file": path.name})
    return path.read_bytes()


def _make(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE_MODE)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(content)
            opened.flush()
            os.fsync(descriptor)
        # A link appears complete or not at all, and never replaces what another process made first.
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()
    # A key that signed tokens must not vanish in a power cut.
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
