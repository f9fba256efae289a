"""What the APIs answer, as typed values. Instants are aware datetimes in UTC.

Members that a later version of the APIs adds are passed over, so that a client need not be newer than a server.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Literal, TypeVar
from uuid import UUID

import msgspec

# Who said when it was recorded; doubtful: the sender, by a clock that is wrong.
DateSource = Literal["client", "server", "doubtful"]
State = Literal["accepted", "computed", "rejected"]
T = TypeVar("T")


class Token(msgspec.Struct, frozen=True):
    """An access token, which lasts `expires_in` seconds, and the refresh token that is traded for the next, once."""

    access_token: str
    expires_in: int
    refresh_token: str | None = None

    def __repr__(self) -> str:
        return f"Token(expires_in={self.expires_in})"


class PairedDevice(msgspec.Struct, frozen=True):
    """A device, and its token, which nobody is told again."""

    id: UUID
    name: str
    expires_at: datetime
    token: str

    def __repr__(self) -> str:
        return f"PairedDevice(id={self.id!r}, name={self.name!r}, expires_at={self.expires_at!r})"


@dataclass(frozen=True, slots=True)
class Accepted:
    """An upload that is kept.

    `location`: where its insights will be. `receipt`: with it, `insights` and `status` can tell "not yet" from
    "never", and what became of this very upload. `conflict`: the hash of another content that came before it under
    the same id, and so is the answer; None also where that is not known yet.
    """

    id: str
    content_hash: str
    accepted_at: datetime
    location: str
    receipt: str | None
    conflict: str | None = None


class Limits(msgspec.Struct, frozen=True):
    """What the ingest API takes at most. `body_bytes`: as sent, and as unpacked."""

    body_bytes: int


class LeadValue(msgspec.Struct, frozen=True):
    """An insight's value for one lead. `baseline`: the ADC value that was subtracted.

    `number_of_samples`: with those that are missing; `missing`: how many are.
    """

    name: str
    number_of_samples: int
    baseline: int | float
    value: int
    warnings: list[str]
    missing: int = 0


class Insight(msgspec.Struct, frozen=True):
    """One insight, by name and version, of all leads."""

    name: str
    version: int
    leads: list[LeadValue]


class Conflict(msgspec.Struct, frozen=True):
    """Another content that was sent under the same id."""

    content_hash: str
    accepted_at: datetime


class UploadStatus(msgspec.Struct, frozen=True):
    """What became of the upload whose receipt was shown. `reason`: why it was rejected.

    `status`: "conflict" where it was computed, but another content of its id came before it and is the answer. With
    the reasons "expired" and "lost" it has to be sent again.
    """

    content_hash: str
    status: Literal["accepted", "computed", "conflict", "rejected"]
    reason: str | None = None


class Insights(msgspec.Struct, frozen=True):
    """The insights of an ECG; none, and no instants, while it is only accepted. `upload`: only with a receipt."""

    id: str
    date: datetime | None
    accepted_at: datetime | None
    status: State
    insights: list[Insight]
    conflicts: list[Conflict] = []
    upload: UploadStatus | None = None
    date_source: DateSource | None = None
    device_id: UUID | None = None


class Status(msgspec.Struct, frozen=True):
    """How far an ECG has come. `reason`: why it was rejected. `upload`: only with a receipt."""

    id: str
    date: datetime | None
    accepted_at: datetime | None
    status: State
    reason: str | None
    content_hash: str | None
    conflicts: list[Conflict]
    upload: UploadStatus | None = None
    date_source: DateSource | None = None
    device_id: UUID | None = None


class EcgSummary(msgspec.Struct, frozen=True):
    """An ECG in a list. `number_of_samples`: of all leads together. `sampling_frequency`: Hz. `device_id`: of the
    device that sent it.

    `received_at`: in a list by arrival, when it became readable; the largest that was seen is the `received_after` of
    the next visit.
    """

    id: str
    date: datetime
    date_source: DateSource
    accepted_at: datetime
    leads: int | None
    number_of_samples: int | None
    sampling_frequency: float | None
    status: State
    received_at: datetime | None = None
    conflicts: list[Conflict] = []
    device_id: UUID | None = None


class User(msgspec.Struct, frozen=True):
    """A user. `active`: whether they may sign in."""

    id: UUID
    email: str
    role: str
    created_at: datetime
    active: bool


class InvitedUser(msgspec.Struct, frozen=True):
    """A user, with the invitation that they trade for a password of their own, once, until it ends."""

    id: UUID
    email: str
    role: str
    invitation: str
    invitation_expires_at: datetime

    def __repr__(self) -> str:
        return f"InvitedUser(id={self.id!r}, email={self.email!r}, role={self.role!r})"


class Page(msgspec.Struct, Generic[T], frozen=True):
    """Some items; `next` is the path of more, or None."""

    items: list[T]
    next: str | None
