"""The seal of the audit trail: an Ed25519 key of its own, so that who can only write to Kafka can make no block."""

import secrets
from functools import cached_property
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from query_api.key_files import read_or_make
from schemas.audit import Sealed, sealed_text

# Not *.pem: those are believed to sign tokens.
_KEY_FILE, _KEY_FILES = "audit-seal.key", "audit-seal*.key"
_KEY_BYTES = 32


class Seal:
    """Seals blocks by the key of the folder of keys, which is made on first start. Raises OSError, ValueError."""

    def __init__(self, folder: Path) -> None:
        made = read_or_make(folder / _KEY_FILE, lambda: secrets.token_bytes(_KEY_BYTES))
        self._private = Ed25519PrivateKey.from_private_bytes(made)

    @cached_property
    def public(self) -> str:
        """The public half, in hex."""
        return _public(self._private)

    def sign(self, value: bytes) -> str:
        """The seal of a block of these bytes, in hex."""
        return self._private.sign(sealed_text(value)).hex()


def trusted(folder: Path) -> set[str]:
    """The public halves of the keys of the folder, those that were put aside as ``audit-seal-*.key`` too.

    Raises OSError, ValueError.
    """
    return {
        _public(Ed25519PrivateKey.from_private_bytes(path.read_bytes())) for path in folder.glob(_KEY_FILES)
    }


def is_good(sealed: Sealed) -> bool:
    """Whether the seal is of these bytes and by the key that it names; whose key that is, is another question."""
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(sealed.seal_key))
        key.verify(bytes.fromhex(sealed.seal), sealed_text(sealed.value))
    except (ValueError, InvalidSignature):
        return False
    return True


def _public(private: Ed25519PrivateKey) -> str:
    return private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
