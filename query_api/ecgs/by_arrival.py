"""A user's own ECGs in the order in which they became readable: what is new since an application's last visit.

Nothing is missed though clocks differ. Each row says when the processor wrote it, by Kafka's clock. A visit begins
`OVERLAP` before what was asked for, and never later than that before now; and whatever is read in it is told to have
come before the visit began. So what is written from then on, by a clock that is at most so far behind, is in the next
one. What lies in the overlap comes again, and an ECG that was stored again does.
"""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from query_api.ecgs.answers import links
from query_api.ecgs.by_recording import AFTER_ALL_IDS, EcgItem
from query_api.ecgs.choosing import Conflict, Row, accepted_at, chosen, conflicts
from query_api.ecgs.store import EcgStore
from schemas.stored import month_of, week_of
from schemas.times import format_rfc3339, parse_rfc3339, to_datetime

# Twice what brokers' clocks are expected to differ by at most, five minutes: a write may also take its time.
OVERLAP = timedelta(minutes=10)
_OVERLAP_MICROS = OVERLAP // timedelta(microseconds=1)
# Nothing can have come earlier, so that no week before is looked into.
_FIRST_ARRIVAL = parse_rfc3339("2024-01-01T00:00:00Z")
# What was written by a clock that is so far ahead is shown.
_AHEAD = timedelta(days=1)
# Most who ask were here this week; one who was not is answered in a few steps.
_FIRST_WEEKS, _MOST_WEEKS_AT_ONCE, _MOST_WEEKS = 2, 16, 64


class Visit(NamedTuple):
    """How far a visit has come: behind this ECG of this instant. `began`: when its first page was read. Instants are µs
    since the epoch.
    """

    received_at: int
    ecg_id: str
    began: int


def begin(received_after: int, now: int) -> Visit:
    """A visit for all that came after this instant, and for what may have come before it unseen."""
    start = min(received_after, now) - _OVERLAP_MICROS
    return Visit(max(start, _FIRST_ARRIVAL), AFTER_ALL_IDS, now)


async def page(
    store: EcgStore, owner_id: UUID, visit: Visit, limit: int
) -> tuple[list[EcgItem], Visit | None]:
    """Up to `limit` of the owner's ECGs that come next in the visit, and how it goes on.

    Raises EngineAwayError.
    """
    rows, onward = await _rows(store, owner_id, visit, limit)
    if not rows:
        return [], onward
    answers = await store.answers(owner_id, sorted({row["ecg_id"] for row in rows}))
    answering = {ecg_id: answer[0] for ecg_id, found in answers.items() if (answer := chosen(found))}
    entries = await store.entries(
        owner_id, [(month_of(row["date"]), row["date"], ecg_id) for ecg_id, row in answering.items()]
    )
    # A row without an answer is being stored just now: the next visit finds it.
    items = [
        _item(
            row["ecg_id"],
            min(row["received_at"], visit.began),
            answering[row["ecg_id"]],
            entries.get(row["ecg_id"]),
            conflicts(answers[row["ecg_id"]]),
        )
        for row in rows
        if row["ecg_id"] in answering
    ]
    return items, onward


async def _rows(store: EcgStore, owner_id: UUID, visit: Visit, limit: int) -> tuple[list[Row], Visit | None]:
    """Up to `limit` arrivals as they are stored, and how it goes on."""
    after = visit.received_at, visit.ecg_id
    unread = weeks(to_datetime(visit.received_at), datetime.now(UTC) + _AHEAD)
    later, unread = unread[_MOST_WEEKS:], unread[:_MOST_WEEKS]
    rows: list[Row] = []
    at_once = _FIRST_WEEKS
    while unread and len(rows) <= limit:
        rows += await store.received([(owner_id, week, *after) for week, _ in unread[:at_once]], limit + 1)
        unread, at_once = unread[at_once:], min(at_once * 2, _MOST_WEEKS_AT_ONCE)
    if len(rows) > limit:
        last = rows[limit - 1]
        return rows[:limit], Visit(last["received_at"], last["ecg_id"], visit.began)
    return rows, Visit(later[0][1] - 1, AFTER_ALL_IDS, visit.began) if later else None


def weeks(first: datetime, last: datetime) -> list[tuple[str, int]]:
    """The ISO weeks from that of `first` to that of `last`, as ``2026-W48``, and when each begins in UTC."""
    monday = first.date() - timedelta(days=first.weekday())
    found = []
    while monday <= last.date():
        begins = parse_rfc3339(f"{monday.isoformat()}T00:00:00Z")
        found.append((week_of(begins), begins))
        monday += timedelta(weeks=1)
    return found


def _item(ecg_id: str, received_at: int, answer: Row, entry: Row | None, others: list[Conflict]) -> EcgItem:
    # The entry may be of another content of the same date.
    described = entry if entry is not None and entry["content_hash"] == answer["content_hash"] else {}
    return EcgItem(
        id=ecg_id,
        date=format_rfc3339(answer["date"]),
        date_source=answer["date_source"],
        accepted_at=format_rfc3339(accepted_at(answer)),
        leads=described.get("leads"),
        number_of_samples=described.get("samples"),
        sampling_frequency=answer["sampling_frequency"],
        status=answer["status"],
        device_id=answer["device_id"],
        links=links(ecg_id),
        received_at=format_rfc3339(received_at),
        conflicts=others,
    )
