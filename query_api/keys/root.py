"""The root of trust, ``root.key`` beside the signing keys: signs what goes to ``ecg.identity.v1``, and no token.

A signing key that is rotated or stolen says nothing there, and the root makes no token good.
"""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from query_api.key_files import read_or_make
from query_api.keys.signing import load_private, new_key

# It signs no token, so it is no ``*.pem``.
_FILE = "root.key"
_NEXT_FILE = "root-next.key"


def load_root(folder: Path) -> Ed25519PrivateKey:
    """The root of the folder; a new one where there is none. Raises what `load_keys` does."""
    return load_private(read_or_make(folder / _FILE, new_key), _FILE)


def load_next_root(folder: Path) -> Ed25519PrivateKey:
    """That which is to take the place of the root of the folder; a new one where there is none. Raises as above."""
    return load_private(read_or_make(folder / _NEXT_FILE, new_key), _NEXT_FILE)


def use_next_root(folder: Path) -> None:
    """Put the next root in the place of the one that is there. Raises FileNotFoundError and OSError."""
    (folder / _NEXT_FILE).replace(folder / _FILE)
