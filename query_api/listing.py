"""A user's own ECGs by date of recording, newest first, a page at a time.

A page may hold fewer than its limit, even nothing, and yet have a next: entries that are not their ECG's
answer are left out after the page was cut, and one request reads a bounded number of months.
"""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

import msgspec

from query_api.answers import Conflict, Links, Row, Status, chosen, conflicts, links
from query_api.cursors import Position
from query_api.store_ecgs import EcgStore
from schemas.insights import InsightResult
from schemas.stored import month_of
from schemas.times import INSTANTS_MICROS, format_rfc3339, parse_rfc3339

_OLDEST, _END = INSTANTS_MICROS.start, INSTANTS_MICROS.stop
# Most users have everything in the first month or two; one with little a month needs many.
_FIRST_MONTHS, _MOST_MONTHS_AT_ONCE = 1, 16
# Behind every ECG id in a month's order.
AFTER_ALL_IDS = "~"

_result = msgspec.json.Decoder(InsightResult)


class EcgItem(msgspec.Struct, frozen=True, omit_defaults=True):
    """An ECG in a list. `number_of_samples`: of all leads together; null where that was never learned.

    `conflicts`: other contents that were sent under the same id; left out where there are none.
    """

    id: str
    date: str
    date_source: Literal["client", "server"]
    accepted_at: str
    leads: int | None
    number_of_samples: int | None
    sampling_frequency: float | None
    status: Status
    links: Links
    conflicts: list[Conflict] = []


@dataclass(frozen=True, slots=True)
class Window:
    """Dates of recording, µs since the epoch: `since` included, `before` not."""

    since: int = _OLDEST
    before: int = _END

    @classmethod
    def of(cls, since: int | None, before: int | None) -> "Window":
        """The window between two instants; None: without an end. What no date can be is cut off."""
        return cls(
            _OLDEST if since is None else max(since, _OLDEST), _END if before is None else min(before, _END)
        )

    @property
    def is_empty(self) -> bool:
        """Whether no date lies in it."""
        return self.since >= self.before


async def page(
    store: EcgStore, owner_id: UUID, window: Window, after: Position | None, limit: int
) -> tuple[list[EcgItem], Position | None]:
    """Up to `limit` of the owner's ECGs behind the position `after`, and where to go on if there may be more.

    Raises EngineAwayError.
    """
    rows, onward = await _rows(store, owner_id, window, after, limit)
    if not rows:
        return [], onward
    answers = await store.answers(owner_id, [row["ecg_id"] for row in rows])
    items = []
    for row in rows:
        found = answers.get(row["ecg_id"], [])
        answer = chosen(found)
        if not answer:
            items.append(_item(row, row, row["leads"], row["samples"], []))
        elif answer[0]["date"] == row["date"]:
            leads, samples = row["leads"], row["samples"]
            if answer[0]["content_hash"] != row["content_hash"]:
                leads, samples = await _shape(store, owner_id, row["ecg_id"])
            items.append(_item(row, answer[0], leads, samples, conflicts(found)))
    return items, onward


async def _rows(
    store: EcgStore, owner_id: UUID, window: Window, after: Position | None, limit: int
) -> tuple[list[Row], Position | None]:
    """Up to `limit` entries of the list as it is stored, and where to go on."""
    newest = window.before - 1 if after is None else after[0]
    months, all_months = await store.months(owner_id, month_of(window.since), month_of(newest))
    rows: list[Row] = []
    unread, at_once = months, _FIRST_MONTHS
    if after is not None and unread and unread[0] == month_of(after[0]):
        rows = await store.listed_after(owner_id, unread[0], *after, window.since, limit + 1)
        unread = unread[1:]
    while unread and len(rows) <= limit:
        rows += await store.listed(owner_id, unread[:at_once], window.since, window.before, limit + 1)
        unread, at_once = unread[at_once:], min(at_once * 2, _MOST_MONTHS_AT_ONCE)
    if len(rows) > limit:
        last = rows[limit - 1]
        return rows[:limit], (last["date"], last["ecg_id"])
    if all_months:
        return rows, None
    return rows, (parse_rfc3339(f"{months[-1]}-01T00:00:00Z"), AFTER_ALL_IDS)


async def _shape(store: EcgStore, owner_id: UUID, ecg_id: str) -> tuple[int | None, int | None]:
    """Leads and samples of the answer, where the list's entry describes another content of the same date."""
    for row in chosen(await store.answer(owner_id, ecg_id)):
        if row["status"] == "computed":
            leads = _result.decode(row["result"]).leads
            return len(leads), sum(lead.number_of_samples for lead in leads)
    return None, None


def _item(
    row: Row, described: Row, leads: int | None, samples: int | None, others: list[Conflict]
) -> EcgItem:
    return EcgItem(
        id=row["ecg_id"],
        date=format_rfc3339(row["date"]),
        date_source=described["date_source"],
        accepted_at=format_rfc3339(described["accepted_at"]),
        leads=leads,
        number_of_samples=samples,
        sampling_frequency=described["sampling_frequency"],
        status=described["status"],
        links=links(row["ecg_id"]),
        conflicts=others,
    )
