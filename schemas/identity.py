"""``ecg.identity.v1``: who may be believed. Today the public keys that access tokens are signed with.

The topic is compacted: the last record of a key is what holds, and no value withdraws it. A reader passes over
kinds of record that it does not know, so that revocations can be added beside the keys.
"""

import base64
from dataclasses import dataclass
from typing import Literal

import msgspec

from schemas.cloudevents import Headers, Record, UndecodableEventError, event_id, headers

EVENT_TYPE = "ecg.identity.v1"
SOURCE = "/query_api"
CONTENT_TYPE = "application/json"
_KEY_PREFIX = "key/"
_KEY_BYTES = 32
_FOLDER = "keyfolder"


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


class PublicKeyRecord(msgspec.Struct, frozen=True):
    """The value of a public key's record."""

    jwk: PublicJwk


@dataclass(frozen=True, slots=True)
class KeyChange:
    """What a record says of a signing key: its public half, or None when it is withdrawn."""

    kid: str
    jwk: PublicJwk | None


_decoder = msgspec.json.Decoder(PublicKeyRecord)
_encoder = msgspec.json.Encoder()


def encode_public_key(jwk: PublicJwk, *, folder: str, time: int) -> Record:
    """The record that announces a public key. `folder`: the id of the folder it is in; `time`: when, in µs since the
    epoch.
    """
    value = _encoder.encode(PublicKeyRecord(jwk))
    return Record(record_key(jwk.kid), value, _headers(jwk.kid, jwk.x, folder, time))


def encode_withdrawal(kid: str, *, folder: str, time: int) -> Record:
    """The record that withdraws the key of this id."""
    return Record(record_key(kid), None, _headers(kid, "withdrawn", folder, time))


def record_key(kid: str) -> bytes:
    """The key of the records of the signing key of this id."""
    return (_KEY_PREFIX + kid).encode()


def folder_of(received: Headers) -> str | None:
    """The id of the folder of keys that whoever wrote this record goes by; None where it does not say."""
    found = dict(received).get(f"ce_{_FOLDER}")
    return None if found is None else found.decode(errors="replace")


def _headers(kid: str, what: str, folder: str, time: int) -> list[tuple[str, bytes]]:
    return headers(
        event_type=EVENT_TYPE,
        source=SOURCE,
        id=event_id(EVENT_TYPE, kid, what),
        time=time,
        content_type=CONTENT_TYPE,
        extensions={_FOLDER: folder},
    )


def decode_identity(key: bytes | None, value: bytes | None) -> KeyChange | None:
    """What a record says of a signing key; None for kinds that are not about keys.

    Raises UndecodableEventError for a key's record that does not hold a key.
    """
    name = (key or b"").decode(errors="replace")
    if not name.startswith(_KEY_PREFIX):
        return None
    kid = name.removeprefix(_KEY_PREFIX)
    if not value:
        return KeyChange(kid, None)
    try:
        jwk = _decoder.decode(value).jwk
        jwk.raw()
    except (msgspec.MsgspecError, ValueError):
        raise UndecodableEventError("the value is not a public key") from None
    if jwk.kid != kid:
        raise UndecodableEventError("the key's id is not that of its record")
    return KeyChange(kid, jwk)
