"""What is told of devices, and of what they sent. Pure."""

from typing import Any, Literal
from uuid import UUID

import msgspec

from query_api.devices.keeping import Issued
from query_api.devices.recent import Recent
from query_api.devices.store import Device
from schemas.problems import (
    BodyTimeoutError,
    ConflictError,
    ForbiddenError,
    InvalidError,
    MalformedError,
    RuleError,
    TooLargeError,
    TooManyRequestsError,
    UnauthenticatedError,
    UnavailableError,
    UnsupportedMediaError,
)
from schemas.times import format_rfc3339

PATH = "/v1/devices"
# An id is a UUID, so that none of the other paths below is taken for a device.
DEVICE_PATH = f"{PATH}/{{device_id:uuid}}"
MAX_BODY_BYTES = 4_096


class DeviceAnswer(msgspec.Struct, frozen=True):
    """A device. `expires_at`: when its token does by itself. `revoked_at`: when it was ended before; else null.

    `suspect_from`: what was accepted from it from then on may not be its owner's; else null.
    """

    id: UUID
    name: str
    created_at: str
    expires_at: str
    revoked_at: str | None
    suspect_from: str | None


class SentLately(msgspec.Struct, frozen=True):
    """How many ECGs were accepted at `since` or later, and became what. `rejected`: by reason.

    `at_least`: there are more. `refused`: uploads that were not accepted, by the last part of the problem's `type`,
    from the Monday before `since` on; not those that came with no good token.
    """

    since: str
    computed: int
    rejected: dict[str, int]
    at_least: bool
    refused: dict[str, int]


class DeviceDetail(DeviceAnswer, frozen=True):
    """A device, and what came of it. `last_accepted_at`: of all that it sent; `last_refused_at`: of the last weeks;
    null where nothing was.
    """

    last_accepted_at: str | None
    last_refused_at: str | None
    lately: SentLately


class IssuedDevice(msgspec.Struct, frozen=True):
    """A new device, with the token that is told this once and kept by nobody but the device."""

    id: UUID
    name: str
    created_at: str
    expires_at: str
    token: str


class DevicePage(msgspec.Struct, frozen=True):
    """Some of the caller's devices, in no order that means anything; `next` leads to more."""

    items: list[DeviceAnswer]
    next: str | None


class CodeAnswer(msgspec.Struct, frozen=True):
    """A code for one device. `expires_in`: seconds."""

    code: str
    expires_in: int


class SentItem(msgspec.Struct, frozen=True):
    """An ECG that a device sent. `reason`: why it was rejected. `suspect`: accepted when the device was in doubt."""

    id: str
    accepted_at: str
    content_hash: str
    status: Literal["computed", "rejected"]
    reason: str | None
    suspect: bool


class SentPage(msgspec.Struct, frozen=True):
    """What a device sent, the latest first; `next` leads to more, until it is null."""

    items: list[SentItem]
    next: str | None


def device_answer(device: Device) -> DeviceAnswer:
    """The device as its owner sees it."""
    return DeviceAnswer(
        device.id,
        device.name,
        format_rfc3339(device.created_at),
        format_rfc3339(device.expires_at * 1_000_000),
        None if device.revoked_at is None else format_rfc3339(device.revoked_at),
        None if device.suspect_from is None else format_rfc3339(device.suspect_from),
    )


def device_detail(device: Device, found: Recent) -> DeviceDetail:
    """The device, and what came of it."""
    last, refused = found.last_accepted_at, found.refused
    return DeviceDetail(
        **msgspec.structs.asdict(device_answer(device)),
        last_accepted_at=None if last is None else format_rfc3339(last),
        last_refused_at=None if refused.last_at is None else format_rfc3339(refused.last_at),
        lately=SentLately(
            format_rfc3339(found.since),
            found.computed,
            dict(found.rejected),
            found.at_least,
            dict(refused.counts),
        ),
    )


def issued_answer(issued: Issued) -> IssuedDevice:
    """The new device, with its token."""
    device = issued.device
    created, expires = format_rfc3339(device.created_at), format_rfc3339(device.expires_at * 1_000_000)
    return IssuedDevice(device.id, device.name, created, expires, issued.token)


_ID = "0b6f2f0e-9a51-4f0c-9d0e-2f5b8f1f7a11"
_NEW = {
    "id": _ID,
    "name": "Holter 3",
    "created_at": "2025-11-23T08:30:00.123456Z",
    "expires_at": "2026-12-28T08:30:00Z",
}
ISSUED: dict[str, Any] = _NEW | {"token": "eyJhbGciOiJFZERTQSIs…"}
DEVICE: dict[str, Any] = _NEW | {"revoked_at": None, "suspect_from": None}
DETAIL: dict[str, Any] = DEVICE | {
    "last_accepted_at": "2025-11-30T19:12:44.250917Z",
    "last_refused_at": "2025-11-30T19:10:02.113405Z",
    "lately": {
        "since": "2025-11-23T08:30:00.123456Z",
        "computed": 41,
        "rejected": {"the value is not an Arrow stream: ArrowInvalid": 1},
        "at_least": False,
        "refused": {"invalid": 3, "too-large": 1},
    },
}
REVOKED: dict[str, Any] = _NEW | {
    "revoked_at": "2025-12-01T10:00:00.654321Z",
    "suspect_from": "2025-11-30T18:00:00Z",
}
PAGE: dict[str, Any] = {"items": [DEVICE], "next": f"{PATH}?limit=1&cursor=eyJhZnRlciI6MX0"}
CODE: dict[str, Any] = {"code": "K7QM-2XWT", "expires_in": 600}
SENT: dict[str, Any] = {
    "items": [
        {
            "id": "ecg-20",
            "accepted_at": "2025-11-30T19:12:44.250917Z",
            "content_hash": "e788b8c36df657107a1818d30c8cbfa372ea6306edc4c2990fc38ce456ad303d",
            "status": "computed",
            "reason": None,
            "suspect": True,
        }
    ],
    "next": None,
}

UNAVAILABLE = UnavailableError("cassandra does not answer; sending the same again is safe", retry_after=1)
TOKEN_PROBLEMS = (
    UnauthenticatedError("the token has expired"),
    ForbiddenError("this needs the scope devices:write, which a device's token lacks"),
    TooManyRequestsError("this user has sent more requests than are taken", retry_after=1),
    UNAVAILABLE,
)
BODY_PROBLEMS = (
    MalformedError("not JSON", offset=0),
    BodyTimeoutError("the body came at less than 1000 bytes a second, or was not there after 3600 seconds"),
    TooLargeError(f"at most {MAX_BODY_BYTES} bytes are taken"),
    UnsupportedMediaError("send Content-Type: application/json"),
    InvalidError([RuleError("missing", pointer="/name")]),
)
FULL = ConflictError("a user has at most 1000 devices, with those that were revoked")
