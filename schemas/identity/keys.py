"""Signing keys on ``ecg.identity.v1``: their public halves, and what each signs.

A key signs either what people get when they sign in, or what their devices hold, and is believed for nothing else: to
rotate the one never cuts the others off.
"""

import base64
from dataclasses import dataclass
from typing import Literal

import msgspec

from schemas.cloudevents import Headers, Record, UndecodableEventError
from schemas.identity.records import identity_headers

KEY_PREFIX = "key/"
_KEY_BYTES = 32
_FOLDER = "keyfolder"

Signs = Literal["sign-in", "devices"]


class PublicJwk(msgspec.Struct, frozen=True):
    """A public Ed25519 key as a JSON Web Key (RFC 8037): `x` is the key, base64url; `kid` its id."""

    kid: str
    x: str
    kty: Literal["OKP"] = "OKP"
    crv: Literal["Ed25519"] = "Ed25519"
    alg: Literal["EdDSA"] = "EdDSA"
    use: Literal["sig"] = "sig"

    def raw(self) -> bytes:
        """The key's 32 bytes. Raises ValueError where `x` does not hold as many."""
        key = base64.b64decode(self.x + "=" * (-len(self.x) % 4), altchars=b"-_", validate=True)
        if len(key) != _KEY_BYTES:
            raise ValueError("not an Ed25519 key")
        return key


class PublicKey(msgspec.Struct, frozen=True):
    """The value of a signing key's record: its public half, and whose tokens it signs."""

    jwk: PublicJwk
    signs: Signs = "sign-in"

    @property
    def kid(self) -> str:
        """The key's id."""
        return self.jwk.kid


@dataclass(frozen=True, slots=True)
class KeyChange:
    """What a record says of a signing key: what is public of it, or None when it is withdrawn."""

    kid: str
    key: PublicKey | None


_decoder = msgspec.json.Decoder(PublicKey)
_encoder = msgspec.json.Encoder()


def encode_public_key(key: PublicKey, *, folder: str, time: int) -> Record:
    """The record that announces a public key. `folder`: the id of the folder it is in; `time`: when, in µs since the
    epoch.
    """
    said = f"{key.jwk.x}/{key.signs}"
    return Record(record_key(key.kid), _encoder.encode(key), _headers(key.kid, said, folder, time))


def encode_withdrawal(kid: str, *, folder: str, time: int) -> Record:
    """The record that withdraws the key of this id."""
    return Record(record_key(kid), None, _headers(kid, "withdrawn", folder, time))


def record_key(kid: str) -> bytes:
    """The key of the records of the signing key of this id."""
    return (KEY_PREFIX + kid).encode()


def folder_of(received: Headers) -> str | None:
    """The id of the folder of keys that whoever wrote this record goes by; None where it does not say."""
    found = dict(received).get(f"ce_{_FOLDER}")
    return None if found is None else found.decode(errors="replace")


def _headers(kid: str, what: str, folder: str, time: int) -> list[tuple[str, bytes]]:
    return identity_headers(kid, what, time, {_FOLDER: folder})


def decode_key(kid: str, value: bytes | None) -> KeyChange:
    """What the record of the signing key of this id says. Raises UndecodableEventError where it holds no key."""
    if not value:
        return KeyChange(kid, None)
    try:
        key = _decoder.decode(value)
        key.jwk.raw()
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise UndecodableEventError("the value is not a public key") from None
    if key.kid != kid:
        raise UndecodableEventError("the key's id is not that of its record")
    return KeyChange(kid, key)
