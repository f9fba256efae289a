"""``ecg.identity.v1``: who may be believed. The public keys that tokens are signed with, and what was revoked.

The topic is compacted: the last record of a key is what holds. Its kinds are told apart by the record's key:

| key            | value                | says                                                              |
|----------------|----------------------|-------------------------------------------------------------------|
| key/<id>       | `PublicKey`          | tokens of this purpose are believed by it; no value withdraws it  |
| device/<id>    | `DeviceRevocation`   | no token of this device holds                                     |
| session/<id>   | `SessionEnd`         | no access token of this session holds                             |
| user/<id>      | `UserState`          | whether the user's tokens hold, and those of before when not      |

Each is signed by the root of trust (`ROOT_SIGNATURE`); who knows the root believes no other. A reader passes over kinds
of record that it does not know, so that others can be added beside these.
"""

from schemas.identity.keys import (
    KEY_PREFIX,
    KeyChange,
    PublicJwk,
    PublicKey,
    Signs,
    decode_key,
    encode_public_key,
    encode_withdrawal,
    folder_of,
    record_key,
)
from schemas.identity.records import (
    CONTENT_TYPE,
    EVENT_TYPE,
    ROOT_SIGNATURE,
    SOURCE,
    what_is_sealed,
)
from schemas.identity.revocations import (
    DeviceRevocation,
    DeviceRevoked,
    Revocation,
    SessionEnd,
    SessionEnded,
    UserChanged,
    UserState,
    decode_revocation,
    encode_revocation,
)

__all__ = [
    "CONTENT_TYPE",
    "EVENT_TYPE",
    "KEY_PREFIX",
    "ROOT_SIGNATURE",
    "SOURCE",
    "DeviceRevocation",
    "DeviceRevoked",
    "IdentityChange",
    "KeyChange",
    "PublicJwk",
    "PublicKey",
    "Revocation",
    "SessionEnd",
    "SessionEnded",
    "Signs",
    "UserChanged",
    "UserState",
    "decode_identity",
    "encode_public_key",
    "encode_revocation",
    "encode_withdrawal",
    "folder_of",
    "record_key",
    "what_is_sealed",
]

IdentityChange = KeyChange | Revocation


def decode_identity(key: bytes | None, value: bytes | None) -> IdentityChange | None:
    """What a record says; None for kinds that are not known here, and for a revocation that was withdrawn, as nothing
    that it ended can be good any more.

    Raises UndecodableEventError for a record of a known kind that is not as its kind has to be.
    """
    try:
        name = (key or b"").decode()
    except UnicodeDecodeError:
        return None
    if name.startswith(KEY_PREFIX):
        return decode_key(name.removeprefix(KEY_PREFIX), value)
    return decode_revocation(name, value) if value else None
