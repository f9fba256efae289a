"""Decides which of an ECG's stored rows are its answer, and what became of the others. Pure: no clock, no engine.

The content that was accepted first, by the order of the log, of those that were computed is an ECG's answer; if none
was, the first rejection. Another content that was computed too is a conflict, and shown. Whoever asks with an upload's
receipt is told what became of that very upload.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from schemas.stored import COMPUTED, WHOLE
from schemas.times import format_rfc3339

Row = Mapping[str, Any]


class Conflict(msgspec.Struct, frozen=True):
    """Another content that was sent under the same id, and when it was accepted."""

    content_hash: str
    accepted_at: str


class UploadStatus(msgspec.Struct, frozen=True):
    """What became of the upload whose receipt came with the question. `reason`: why it was rejected.

    `status`: accepted, and still to be processed; computed, and the answer; conflict: computed too, but another
    content was accepted before it under its id, and that one is the answer; rejected. With the reasons `expired` (it
    was too old before it was read) and `lost` it has to be sent again.
    """

    content_hash: str
    status: Literal["accepted", "computed", "conflict", "rejected"]
    reason: str | None = None


def chosen(rows: Sequence[Row]) -> list[Row]:
    """The rows that answer, one for each insight and version in that order; none while nothing answers."""
    whole = [row for row in rows if row["segment"] == WHOLE]
    candidates = [row for row in whole if row["status"] == COMPUTED] or whole
    if not candidates:
        return []
    first = min(map(_content, candidates))
    return [row for row in candidates if _content(row) == first]


def conflicts(rows: Sequence[Row]) -> list[Conflict]:
    """The other computed contents among the rows, in order of acceptance."""
    if len(rows) == 1:
        return []
    answering = {row["content_hash"] for row in chosen(rows)}
    first_accepted: dict[str, Row] = {}
    for row in sorted(rows, key=_content):
        if row["segment"] == WHOLE and row["status"] == COMPUTED and row["content_hash"] not in answering:
            first_accepted.setdefault(row["content_hash"], row)
    return [
        Conflict(content_hash, format_rfc3339(accepted_at(row)))
        for content_hash, row in first_accepted.items()
    ]


def accepted_at(row: Row) -> int:
    """When the upload of a row was accepted, by the clock of whoever did. µs since the epoch."""
    # What was stored before rows had positions has its acceptance in the place of one.
    accepted: int | None = row["accepted_at"]
    return int(row["position"]) if accepted is None else accepted


def upload(rows: Sequence[Row], content_hash: str) -> UploadStatus | None:
    """What became of an upload of this content, where the ECG has these rows; None where they do not tell."""
    own = [row for row in rows if row["content_hash"] == content_hash and row["segment"] == WHOLE]
    if any(row["status"] == COMPUTED for row in own):
        is_answer = chosen(rows)[0]["content_hash"] == content_hash
        return UploadStatus(content_hash, "computed" if is_answer else "conflict")
    return UploadStatus(content_hash, "rejected", own[0]["reason"]) if own else None


def _content(row: Row) -> tuple[int, str]:
    return row["position"], row["content_hash"]
