"""Makes the answers about an ECG from its stored rows. Pure: no clock, no engine."""

from collections.abc import Sequence
from typing import Any, Literal, cast
from uuid import UUID

import msgspec

from query_api.ecgs.choosing import Conflict, Row, UploadStatus, accepted_at, chosen, conflicts
from schemas.insights import InsightResult
from schemas.stored import COMPUTED
from schemas.times import format_rfc3339
from schemas.uploaded import DateSource

Status = Literal["accepted", "computed", "rejected"]


class Links(msgspec.Struct, frozen=True):
    """Where to go on from an ECG."""

    self: str
    insights: str
    status: str


class InsightsAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """The insights of an ECG. `date`, `date_source` and `accepted_at` are null while it is only accepted.

    `device_id`: of the device that sent it; null where its owner did.

    `conflicts`: other contents that were sent under the same id; left out where there are none. `upload`: only
    with a receipt.
    """

    id: str
    date: str | None
    date_source: DateSource | None
    accepted_at: str | None
    status: Status
    device_id: UUID | None
    insights: list[InsightResult]
    conflicts: list[Conflict] = []
    upload: UploadStatus | None = None


class StatusAnswer(msgspec.Struct, frozen=True):
    """How far an ECG has come; never values. `reason`: why it was rejected. `content_hash`: of the answer.

    `upload`: with a receipt, what became of the very upload that it is of; else null.
    """

    id: str
    date: str | None
    date_source: DateSource | None
    accepted_at: str | None
    status: Status
    reason: str | None
    content_hash: str | None
    device_id: UUID | None
    conflicts: list[Conflict]
    upload: UploadStatus | None


class EcgAnswer(msgspec.Struct, frozen=True):
    """All that is kept of an ECG. Its signals are not: Kafka holds them until they are too old.

    `suspect`: whether it was accepted from a device that was in doubt.

    `upload`: with a receipt, what became of the very upload that it is of; else null.
    """

    id: str
    date: str | None
    date_source: DateSource | None
    accepted_at: str | None
    sampling_frequency: float | None
    status: Status
    reason: str | None
    content_hash: str | None
    device_id: UUID | None
    insights: list[InsightResult]
    conflicts: list[Conflict]
    upload: UploadStatus | None
    links: Links
    suspect: bool = False


def insights_answer(ecg_id: str, rows: Sequence[Row], became: UploadStatus | None = None) -> InsightsAnswer:
    """The insights of the ECG with these rows; of an accepted one where there are none.

    `became`: of the upload that is asked about, as for the other answers.
    """
    answer = chosen(rows)
    return InsightsAnswer(
        id=ecg_id,
        date=_date(answer),
        date_source=_first(answer, "date_source"),
        accepted_at=_accepted_at(answer),
        status=_status(answer, became),
        device_id=_first(answer, "device_id"),
        insights=_results(answer),
        conflicts=conflicts(rows),
        upload=became,
    )


def status_answer(ecg_id: str, rows: Sequence[Row], became: UploadStatus | None = None) -> StatusAnswer:
    """The status of the ECG with these rows; of an accepted one where there are none."""
    answer = chosen(rows)
    return StatusAnswer(
        id=ecg_id,
        date=_date(answer),
        date_source=_first(answer, "date_source"),
        accepted_at=_accepted_at(answer),
        status=_status(answer, became),
        reason=_reason(answer, became),
        content_hash=_first(answer, "content_hash"),
        device_id=_first(answer, "device_id"),
        conflicts=conflicts(rows),
        upload=became,
    )


def ecg_answer(ecg_id: str, rows: Sequence[Row], became: UploadStatus | None = None) -> EcgAnswer:
    """All about the ECG with these rows; about an accepted one where there are none."""
    answer = chosen(rows)
    return EcgAnswer(
        id=ecg_id,
        date=_date(answer),
        date_source=_first(answer, "date_source"),
        accepted_at=_accepted_at(answer),
        sampling_frequency=_first(answer, "sampling_frequency"),
        status=_status(answer, became),
        reason=_reason(answer, became),
        content_hash=_first(answer, "content_hash"),
        device_id=_first(answer, "device_id"),
        insights=_results(answer),
        conflicts=conflicts(rows),
        upload=became,
        links=links(ecg_id),
    )


def links(ecg_id: str) -> Links:
    """The paths of an ECG; the grammar of ids leaves nothing to quote."""
    path = f"/v1/ecgs/{ecg_id}"
    return Links(self=path, insights=f"{path}/insights", status=f"{path}/status")


def _first(answer: Sequence[Row], column: str) -> Any:
    return answer[0][column] if answer else None


def _date(answer: Sequence[Row]) -> str | None:
    return format_rfc3339(answer[0]["date"]) if answer else None


def _accepted_at(answer: Sequence[Row]) -> str | None:
    return format_rfc3339(accepted_at(answer[0])) if answer else None


def _status(answer: Sequence[Row], became: UploadStatus | None) -> Status:
    if answer:
        return cast("Status", answer[0]["status"])
    return "rejected" if became is not None and became.status == "rejected" else "accepted"


def _reason(answer: Sequence[Row], became: UploadStatus | None) -> str | None:
    if answer:
        return cast("str | None", answer[0]["reason"])
    return None if became is None else became.reason


def _results(answer: Sequence[Row]) -> list[InsightResult]:
    # What is stored is the JSON of an InsightResult: it goes out as it is, not decoded and encoded again.
    stored = [msgspec.Raw(row["result"].encode()) for row in answer if row["status"] == COMPUTED]
    return cast("list[InsightResult]", stored)
