"""Signing tokens with Ed25519. The private keys stay in this service; the public ones go to everybody.

In the keys' folder ``sign-in.pem`` signs access tokens and ``devices.pem`` the tokens of devices. Any other ``*.pem``
beside them is believed and published, and signs nothing: for devices where its name begins with ``devices``, else for
access. docs/keys.md says how to rotate.
"""

import base64
import hashlib
import secrets
import time
from collections.abc import Callable, Mapping
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
from schemas.identity import PublicJwk, PublicKey, Signs

_SIGN_IN_FILE, _DEVICES_FILE = "sign-in.pem", "devices.pem"
_OF_DEVICES = "devices"
# When a token was issued is told in µs: one that ends all of before must not end the next.
_DECIMALS = 6


@dataclass(frozen=True, slots=True)
class SigningKeys:
    """The keys that sign, `private` access tokens and `devices` those of devices, and the public halves of all that are
    believed: of each kind together, access first, and the signing one first of its kind.
    """

    private: Ed25519PrivateKey
    devices: Ed25519PrivateKey
    public: tuple[PublicKey, ...]


@dataclass(frozen=True, slots=True)
class Signed:
    """An access token, its life in seconds, and what it says."""

    token: str
    expires_in: int
    claims: Claims


class Signer:
    """Signs claims for one issuer and audience, by the keys of the moment; a token lives `minutes`."""

    def __init__(self, keys: Callable[[], SigningKeys], *, issuer: str, audience: str, minutes: int) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self._seconds = minutes * 60

    def sign(
        self, user_id: UUID, role: Role, scopes: frozenset[Scope], *, session_id: UUID | None = None
    ) -> Signed:
        """A new access token for the user, of this session where it has one."""
        now = time.time()
        claims = Claims(user_id, role, scopes, secrets.token_hex(16), session_id=session_id)
        said = claims.to_jwt(
            issuer=self._issuer,
            audience=self._audience,
            issued_at=round(now, _DECIMALS),
            expires_at=int(now) + self._seconds,
        )
        return Signed(signed(self._keys().private, said), self._seconds, claims)


def signed(private: Ed25519PrivateKey, said: Mapping[str, object]) -> str:
    """The token in which this key says so."""
    kid = public_jwk(private).kid
    return jwt.encode(dict(said), private, algorithm=ALGORITHM, headers={"kid": kid})


def load_keys(folder: Path) -> SigningKeys:
    """The keys of the folder; new ones to sign with on first start.

    Raises OSError where the folder cannot be used, ValueError or TypeError where a file holds no Ed25519 key.
    """
    signs = [folder / name for name in (_SIGN_IN_FILE, _DEVICES_FILE)]
    private, devices = (load_private(read_or_make(path, new_key), path.name) for path in signs)
    found: dict[Signs, list[Ed25519PrivateKey]] = {"sign-in": [private], "devices": [devices]}
    for path in sorted(folder.glob("*.pem")):
        if path not in signs:
            kind: Signs = "devices" if path.name.startswith(_OF_DEVICES) else "sign-in"
            found[kind].append(load_private(path.read_bytes(), path.name))
    public = (PublicKey(public_jwk(key), kind) for kind, keys in found.items() for key in keys)
    return SigningKeys(private, devices, tuple(public))


def public_jwk(private: Ed25519PrivateKey) -> PublicJwk:
    """The public half of a key; its id is its RFC 7638 thumbprint, so that one key has one id everywhere."""
    x = _base64url(private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))
    # RFC 7638 section 3.2 and RFC 8037 section 2: these members, in this order, without blanks.
    members = msgspec.json.encode({"crv": "Ed25519", "kty": "OKP", "x": x})
    return PublicJwk(kid=_base64url(hashlib.sha256(members).digest()), x=x)


def new_key() -> bytes:
    """A new private key, as PEM."""
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def load_private(pem: bytes, name: str) -> Ed25519PrivateKey:
    """The private key in a file of this name. Raises ValueError or TypeError where it is no Ed25519 key."""
    key = load_pem_private_key(pem, password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError(f"{name} holds a key that is not Ed25519")
    return key


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
