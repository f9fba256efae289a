"""``ecg.identity.v1``: who may be believed. Today the public keys that access tokens are signed with.

The topic is compacted: the last record of a key is what holds, and no value withdraws it. A reader passes over
kinds of record that it does not know, so that revocations can be added beside the keys.
"""

from dataclasses import dataclass
from typing import Literal

import msgspec

from schemas.cloudevents import Record, UndecodableEventError, event_id, headers

EVENT_TYPE = "ecg.identity.v1"
SOURCE = "/query_api"
CONTENT_TYPE = "application/json"
_KEY_PREFIX = "key/"


class PublicJwk(msgspec.Struct, frozen=True):
    """A public Ed25519 key as a JSON Web Key (RFC 8037): `x` is the key, base64url; `kid` its id."""

    kid: str
    x: str
    kty: Literal["OKP"] = "OKP"
    crv: Literal["Ed25519"] = "Ed25519"
    alg: Literal["EdDSA"] = "EdDSA"
    use: Literal["sig"] = "sig"


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


def encode_public_key(jwk: PublicJwk, *, time: int) -> Record:
    """The record that announces a public key. `time`: when, in µs since the epoch."""
    return Record(
        key=(_KEY_PREFIX + jwk.kid).encode(),
        value=_encoder.encode(PublicKeyRecord(jwk)),
        headers=headers(
            event_type=EVENT_TYPE,
            source=SOURCE,
            id=event_id(EVENT_TYPE, jwk.kid, jwk.x),
            time=time,
            content_type=CONTENT_TYPE,
            extensions={},
        ),
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
    except msgspec.MsgspecError:
        raise UndecodableEventError("the value is not a public key") from None
    if jwk.kid != kid:
        raise UndecodableEventError("the key's id is not that of its record")
    return KeyChange(kid, jwk)
