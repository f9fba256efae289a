"""From stored rows to what a client is told. Pure: no clock, no engine.

The first accepted content that was computed is an ECG's answer; if none was, the first rejection. Another
content that was computed too is a conflict, and shown.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, cast

import msgspec

from schemas.insights import InsightResult
from schemas.stored import COMPUTED, WHOLE
from schemas.times import format_rfc3339

Row = Mapping[str, Any]
Status = Literal["accepted", "computed", "rejected"]


class Links(msgspec.Struct, frozen=True):
    """Where to go on from an ECG."""

    self: str
    insights: str
    status: str


class Conflict(msgspec.Struct, frozen=True):
    """Another content that was sent under the same id, and when it was accepted."""

    content_hash: str
    accepted_at: str


class InsightsAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """The insights of an ECG. `date` and `accepted_at` are null while it is only accepted.

    `conflicts`: other contents that were sent under the same id; left out where there are none.
    """

    id: str
    date: str | None
    accepted_at: str | None
    status: Status
    insights: list[InsightResult]
    conflicts: list[Conflict] = []


class StatusAnswer(msgspec.Struct, frozen=True):
    """How far an ECG has come; never values. `reason`: why it was rejected."""

    id: str
    date: str | None
    accepted_at: str | None
    status: Status
    reason: str | None
    content_hash: str | None
    conflicts: list[Conflict]


class EcgAnswer(msgspec.Struct, frozen=True):
    """All that is kept of an ECG. Its signals are not: Kafka holds them until they are too old."""

    id: str
    date: str | None
    date_source: Literal["client", "server"] | None
    accepted_at: str | None
    sampling_frequency: float | None
    status: Status
    reason: str | None
    content_hash: str | None
    insights: list[InsightResult]
    conflicts: list[Conflict]
    links: Links


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
    first_accepted: dict[str, int] = {}
    for row in rows:
        if row["segment"] == WHOLE and row["status"] == COMPUTED and row["content_hash"] not in answering:
            known = first_accepted.get(row["content_hash"], row["accepted_at"])
            first_accepted[row["content_hash"]] = min(known, row["accepted_at"])
    in_order = sorted(first_accepted.items(), key=lambda item: (item[1], item[0]))
    return [Conflict(content_hash, format_rfc3339(accepted_at)) for content_hash, accepted_at in in_order]


def insights_answer(ecg_id: str, rows: Sequence[Row]) -> InsightsAnswer:
    """The insights of the ECG with these rows; of an accepted one where there are none."""
    answer = chosen(rows)
    return InsightsAnswer(
        id=ecg_id,
        date=_instant(answer, "date"),
        accepted_at=_instant(answer, "accepted_at"),
        status=_status(answer),
        insights=_results(answer),
        conflicts=conflicts(rows),
    )


def status_answer(ecg_id: str, rows: Sequence[Row]) -> StatusAnswer:
    """The status of the ECG with these rows; of an accepted one where there are none."""
    answer = chosen(rows)
    return StatusAnswer(
        id=ecg_id,
        date=_instant(answer, "date"),
        accepted_at=_instant(answer, "accepted_at"),
        status=_status(answer),
        reason=_first(answer, "reason"),
        content_hash=_first(answer, "content_hash"),
        conflicts=conflicts(rows),
    )


def ecg_answer(ecg_id: str, rows: Sequence[Row]) -> EcgAnswer:
    """All about the ECG with these rows; about an accepted one where there are none."""
    answer = chosen(rows)
    return EcgAnswer(
        id=ecg_id,
        date=_instant(answer, "date"),
        date_source=_first(answer, "date_source"),
        accepted_at=_instant(answer, "accepted_at"),
        sampling_frequency=_first(answer, "sampling_frequency"),
        status=_status(answer),
        reason=_first(answer, "reason"),
        content_hash=_first(answer, "content_hash"),
        insights=_results(answer),
        conflicts=conflicts(rows),
        links=links(ecg_id),
    )


def links(ecg_id: str) -> Links:
    """The paths of an ECG; the grammar of ids leaves nothing to quote."""
    path = f"/v1/ecgs/{ecg_id}"
    return Links(self=path, insights=f"{path}/insights", status=f"{path}/status")


def _content(row: Row) -> tuple[int, str]:
    return row["accepted_at"], row["content_hash"]


def _first(answer: Sequence[Row], column: str) -> Any:
    return answer[0][column] if answer else None


def _instant(answer: Sequence[Row], column: str) -> str | None:
    return format_rfc3339(answer[0][column]) if answer else None


def _status(answer: Sequence[Row]) -> Status:
    return cast("Status", answer[0]["status"]) if answer else "accepted"


def _results(answer: Sequence[Row]) -> list[InsightResult]:
    # What is stored is the JSON of an InsightResult: it goes out as it is, not decoded and encoded again.
    stored = [msgspec.Raw(row["result"].encode()) for row in answer if row["status"] == COMPUTED]
    return cast("list[InsightResult]", stored)
