"""Signing access tokens with Ed25519. The private key stays in this service; the public ones go to everybody.

``sign-in.pem`` in the keys' folder signs. Any other ``*.pem`` beside it is believed and published, and signs
nothing. docs/keys.md says how to rotate.
"""

import base64
import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from query_api.key_files import read_or_make
from schemas.claims import ALGORITHM, Claims, Role, Scope
from schemas.identity import PublicJwk

_SIGN_IN_FILE = "sign-in.pem"


@dataclass(frozen=True, slots=True)
class SigningKeys:
    """The key that signs, and the public halves of all keys that are believed, the signing one first."""

    private: Ed25519PrivateKey
    public: tuple[PublicJwk, ...]


@dataclass(frozen=True, slots=True)
class Signed:
    """An access token and its life in seconds."""

    token: str
    expires_in: int


class Signer:
    """Signs claims for one issuer and audience, by the keys of the moment; a token lives `minutes`."""

    def __init__(self, keys: Callable[[], SigningKeys], *, issuer: str, audience: str, minutes: int) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self._seconds = minutes * 60

    def sign(self, user_id: UUID, role: Role, scopes: frozenset[Scope]) -> Signed:
        """A new token for the user."""
        now = int(time.time())
        claims = Claims(user_id, role, scopes, token_id=secrets.token_hex(16)).to_jwt(
            issuer=self._issuer, audience=self._audience, issued_at=now, expires_at=now + self._seconds
        )
        keys = self._keys()
        token = jwt.encode(claims, keys.private, algorithm=ALGORITHM, headers={"kid": keys.public[0].kid})
        return Signed(token, self._seconds)


def load_keys(folder: Path) -> SigningKeys:
    """The keys of the folder; a new one to sign with on first start.

    Raises OSError where the folder cannot be used, ValueError or TypeError where a file holds no Ed25519 key.
    """
    signs = folder / _SIGN_IN_FILE
    private = _private_key(read_or_make(signs, _new_key), signs.name)
    others = [
        _private_key(path.read_bytes(), path.name) for path in sorted(folder.glob("*.pem")) if path != signs
    ]
    return SigningKeys(private, tuple(public_jwk(key) for key in (private, *others)))


def public_jwk(private: Ed25519PrivateKey) -> PublicJwk:
    """The public half of a key; its id is its RFC 7638 thumbprint, so that one key has one id everywhere."""
    x = _base64url(private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))
    # RFC 7638 section 3.2 and RFC 8037 section 2: these members, in this order, without blanks.
    members = msgspec.json.encode({"crv": "Ed25519", "kty": "OKP", "x": x})
    return PublicJwk(kid=_base64url(hashlib.sha256(members).digest()), x=x)


def _new_key() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _private_key(pem: bytes, name: str) -> Ed25519PrivateKey:
    key = load_pem_private_key(pem, password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError(f"{name} holds a key that is not Ed25519")
    return key


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
