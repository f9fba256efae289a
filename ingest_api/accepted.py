"""What senders are told: of an accepted upload, and before one of what is taken. Pure."""

from dataclasses import asdict
from typing import Literal

import msgspec

from formats.rules import Limits
from ingest_api.acceptance import Accepted
from schemas.receipts import encode_receipt
from schemas.times import format_rfc3339

_encoder = msgspec.json.Encoder()


class UploadLinks(msgspec.Struct, frozen=True):
    """Where the query API answers about the ECG, for its owner."""

    self: str
    insights: str
    status: str


class First(msgspec.Struct, frozen=True):
    """The content that was accepted first."""

    content_hash: str


class UploadAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """An accepted upload. `content_hash`: of what was recorded, the same when the same is sent again.

    `conflict`: another content was accepted before it under the same id, and stays the answer; this one is kept and
    shown beside it. Left out where nothing is known of such a one, which the status with the receipt tells later.
    """

    id: str
    content_hash: str
    accepted_at: str
    status: Literal["accepted"]
    links: UploadLinks
    conflict: First | None = None


class LimitsAnswer(msgspec.Struct, frozen=True):
    """The most that is taken of an upload. `body_bytes`: as it is sent, and as it is unpacked. `bytes_per_day`: of one
    user's events; 0 where there is no limit.
    """

    body_bytes: int
    leads: int
    samples_per_lead: int
    name_characters: int
    units_characters: int
    segments: int
    bytes_per_day: int


def limits_answer(limits: Limits, body_bytes: int, bytes_per_day: int) -> bytes:
    """The limits as JSON."""
    return _encoder.encode(LimitsAnswer(body_bytes, **asdict(limits), bytes_per_day=bytes_per_day))


def upload_answer(accepted: Accepted, query_url: str) -> tuple[bytes, str]:
    """The answer's body, and its Location: the insights, with the receipt by which "not yet" is no 404."""
    ecg = f"{query_url}/v1/ecgs/{accepted.ecg_id}"
    answer = UploadAnswer(
        id=accepted.ecg_id,
        content_hash=accepted.content_hash,
        accepted_at=format_rfc3339(accepted.accepted_at),
        status="accepted",
        links=UploadLinks(self=ecg, insights=f"{ecg}/insights", status=f"{ecg}/status"),
        conflict=None if accepted.first is None else First(accepted.first),
    )
    return _encoder.encode(answer), f"{answer.links.insights}?receipt={encode_receipt(accepted.receipt)}"
