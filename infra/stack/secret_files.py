"""Secrets as files of the folder ECG_SECRETS_DIR, each named after the setting whose value it holds.

Services read them there (see `service_kit.settings`); the jobs of the stack write them.
"""

import os
import secrets
import sys
import tempfile
from pathlib import Path

ADMIN_PASSWORD = "ecg_admin_password"  # noqa: S105 - the name of the file
# 24 characters of base64: 144 bits.
GENERATED_PASSWORD_BYTES = 18
FOR_OWNER = 0o400


def folder() -> Path:
    """Where the files are. Ends the program where nobody says so."""
    given = os.environ.get("ECG_SECRETS_DIR")
    if not given or not Path(given).is_dir():
        sys.exit("ECG_SECRETS_DIR has to name the folder of the secrets, which is there.")
    return Path(given)


def read(name: str) -> str | None:
    """The secret, None where there is none."""
    path = folder() / name
    return path.read_text(encoding="utf-8").strip() if path.exists() else None


def write(name: str, secret: str, place: Path | None = None, *, mode: int = FOR_OWNER) -> None:
    """Keep a secret: complete or not at all, and for its owner only unless `mode` says otherwise."""
    place = place or folder()
    descriptor, draft = tempfile.mkstemp(dir=place, prefix=f".{name}-")
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write(f"{secret}\n")
        out.flush()
        os.fsync(descriptor)
    Path(draft).chmod(mode)
    Path(draft).replace(place / name)


def generated() -> str:
    """A password that nobody guesses."""
    return secrets.token_urlsafe(GENERATED_PASSWORD_BYTES)
