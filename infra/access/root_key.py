"""The root of trust of ``ecg.identity.v1``, made in the folder of keys before ingest is told of it."""

import base64
import os
import tempfile
from contextlib import suppress
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from infra.errors import SetupError

# As the query API names it.
FILE = "root.key"


def public_half(folder: Path) -> str:
    """Of the root in this folder of keys, base64url; one is made where there is none. Raises SetupError."""
    path = folder / FILE
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            _make(path)
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError):
        raise SetupError(f"The root of the signing keys, {path}, cannot be read.") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise SetupError(f"The root of the signing keys, {path}, should be an Ed25519 key.")
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _make(path: Path) -> None:
    """A new one, for its owner only: complete or not at all, and never in the place of another."""
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(descriptor, "wb") as out:
            out.write(
                Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            )
            out.flush()
            os.fsync(descriptor)
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        Path(draft).unlink()
