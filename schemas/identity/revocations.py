"""What is believed no longer, though a key that is believed has signed it: devices, sessions, and users.

Instants of tokens are seconds since the epoch, as tokens have them.
"""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

import msgspec

from schemas.cloudevents import Record, UndecodableEventError
from schemas.identity.records import identity_headers

_DEVICE, _SESSION, _USER = "device/", "session/", "user/"

_Until = Annotated[
    int,
    msgspec.Meta(ge=0, description="No token that this ends can be good from then on: it may be forgotten."),
]


class DeviceRevocation(msgspec.Struct, frozen=True):
    """The value of a record of a device that was revoked. `until`: seconds since the epoch."""

    until: _Until


class SessionEnd(msgspec.Struct, frozen=True):
    """The value of a record of a session that was ended. `until`: seconds since the epoch."""

    until: _Until


class UserState(msgspec.Struct, frozen=True):
    """The value of a user's record. Of two, the one that was `changed_at` later holds (µs since the epoch).

    `active`: whether any token of theirs holds. `tokens_from`: access tokens that were issued before this, in seconds
    since the epoch, hold no longer; those of their devices do.
    """

    active: bool
    tokens_from: Annotated[float, msgspec.Meta(ge=0)]
    changed_at: Annotated[int, msgspec.Meta(ge=0)]


@dataclass(frozen=True, slots=True)
class DeviceRevoked:
    """A device was revoked."""

    device_id: UUID
    value: DeviceRevocation


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """A session was ended: its user signed out, or it was taken for stolen."""

    session_id: UUID
    value: SessionEnd


@dataclass(frozen=True, slots=True)
class UserChanged:
    """A user was deactivated or reactivated, or ended all tokens of theirs."""

    user_id: UUID
    value: UserState


Revocation = DeviceRevoked | SessionEnded | UserChanged

_device = msgspec.json.Decoder(DeviceRevocation)
_session = msgspec.json.Decoder(SessionEnd)
_user = msgspec.json.Decoder(UserState)
_encoder = msgspec.json.Encoder()


def revocation_key(revocation: Revocation) -> str:
    """The key of its record."""
    match revocation:
        case DeviceRevoked(device_id):
            return f"{_DEVICE}{device_id}"
        case SessionEnded(session_id):
            return f"{_SESSION}{session_id}"
        case UserChanged(user_id):
            return f"{_USER}{user_id}"


def encode_revocation(revocation: Revocation, *, time: int) -> Record:
    """Its record. `time`: when it is written, in µs since the epoch."""
    name, value = revocation_key(revocation), _encoder.encode(revocation.value)
    return Record(name.encode(), value, identity_headers(name, value.decode(), time))


def encode_over(revocation: Revocation, *, time: int) -> Record:
    """The record that withdraws one which ends nothing any more. `time`: as above."""
    name = revocation_key(revocation)
    return Record(name.encode(), None, identity_headers(name, "over", time))


def decode_revocation(name: str, value: bytes) -> Revocation | None:
    """What the record under this key says; None for kinds that are not known here.

    Raises UndecodableEventError.
    """
    kind, slash, text = name.partition("/")
    try:
        match kind + slash:
            case "device/":
                return DeviceRevoked(UUID(text), _device.decode(value))
            case "session/":
                return SessionEnded(UUID(text), _session.decode(value))
            case "user/":
                return UserChanged(UUID(text), _user.decode(value))
            case _:
                return None
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise UndecodableEventError("the value is not what its record's key announces") from None


def is_over(revocation: Revocation, now: float) -> bool:
    """Whether nothing that it ended could be good any more. `now`: seconds since the epoch."""
    return not isinstance(revocation, UserChanged) and revocation.value.until < now
