"""A user's own ECGs in the order in which they arrived: what is new since an application's last visit.

An ECG that was sent again is there again. Order of arrival is not the order of becoming readable: an ECG that
waited for the processor appears behind others that came later. Who goes on from the last one seen overlaps a
little, and passes over what is known.
"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from query_api.answers import Conflict, Row, chosen, conflicts, links
from query_api.cursors import Position
from query_api.listing import AFTER_ALL_IDS, EcgItem
from query_api.store_ecgs import EcgStore
from schemas.stored import month_of, week_of
from schemas.times import format_rfc3339, parse_rfc3339, to_datetime

# Nothing can have been accepted earlier, so that no week before is looked into.
_FIRST_ACCEPTANCE = parse_rfc3339("2024-01-01T00:00:00Z")
_LAST_INSTANT = parse_rfc3339("9999-12-31T00:00:00Z")
# The clock of an ingest API may be ahead of this one.
_AHEAD = timedelta(days=1)
# Most who ask were here this week; one who was not is answered in a few steps.
_FIRST_WEEKS, _MOST_WEEKS_AT_ONCE, _MOST_WEEKS = 2, 16, 64


def behind(instant: int) -> Position:
    """The position after all that arrived at `instant` or before. µs since the epoch."""
    return min(max(instant, _FIRST_ACCEPTANCE), _LAST_INSTANT), AFTER_ALL_IDS


async def page(
    store: EcgStore, owner_id: UUID, after: Position, limit: int
) -> tuple[list[EcgItem], Position | None]:
    """Up to `limit` of the owner's ECGs that arrived behind the position `after`, and where to go on.

    Raises EngineAwayError.
    """
    rows, onward = await _rows(store, owner_id, after, limit)
    if not rows:
        return [], onward
    answers = await store.answers(owner_id, [row["ecg_id"] for row in rows])
    answering = {ecg_id: answer[0] for ecg_id, found in answers.items() if (answer := chosen(found))}
    entries = await store.entries(
        owner_id, [(month_of(row["date"]), row["date"], ecg_id) for ecg_id, row in answering.items()]
    )
    # A row without an answer is being stored just now: whoever overlaps finds it the next time.
    items = [
        _item(row, answering[row["ecg_id"]], entries.get(row["ecg_id"]), conflicts(answers[row["ecg_id"]]))
        for row in rows
        if row["ecg_id"] in answering
    ]
    return items, onward


async def _rows(
    store: EcgStore, owner_id: UUID, after: Position, limit: int
) -> tuple[list[Row], Position | None]:
    """Up to `limit` arrivals as they are stored, and where to go on."""
    unread = weeks(to_datetime(after[0]), datetime.now(UTC) + _AHEAD)
    later, unread = unread[_MOST_WEEKS:], unread[:_MOST_WEEKS]
    rows: list[Row] = []
    at_once = _FIRST_WEEKS
    while unread and len(rows) <= limit:
        rows += await store.received([(owner_id, week, *after) for week, _ in unread[:at_once]], limit + 1)
        unread, at_once = unread[at_once:], min(at_once * 2, _MOST_WEEKS_AT_ONCE)
    if len(rows) > limit:
        last = rows[limit - 1]
        return rows[:limit], (last["accepted_at"], last["ecg_id"])
    return rows, behind(later[0][1] - 1) if later else None


def weeks(first: datetime, last: datetime) -> list[tuple[str, int]]:
    """The ISO weeks from that of `first` to that of `last`, as ``2026-W48``, and when each begins in UTC."""
    monday = first.date() - timedelta(days=first.weekday())
    found = []
    while monday <= last.date():
        begins = parse_rfc3339(f"{monday.isoformat()}T00:00:00Z")
        found.append((week_of(begins), begins))
        monday += timedelta(weeks=1)
    return found


def _item(row: Row, answer: Row, entry: Row | None, others: list[Conflict]) -> EcgItem:
    # The entry may be of another content of the same date.
    described = entry if entry is not None and entry["content_hash"] == answer["content_hash"] else {}
    return EcgItem(
        id=row["ecg_id"],
        date=format_rfc3339(answer["date"]),
        date_source=answer["date_source"],
        accepted_at=format_rfc3339(row["accepted_at"]),
        leads=described.get("leads"),
        number_of_samples=described.get("samples"),
        sampling_frequency=answer["sampling_frequency"],
        status=answer["status"],
        links=links(row["ecg_id"]),
        conflicts=others,
    )
