"""A user's own ECGs by date of recording, newest first, a page at a time.

Entries that are not their ECG's answer are left out, and others read in their place. One request reads a
bounded number of entries and months, so that a page may hold fewer than its limit, even nothing, and yet
have a next.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import msgspec

from query_api.cursors import Place
from query_api.ecgs.answers import Links, Status, links
from query_api.ecgs.choosing import Conflict, Row, accepted_at, chosen, conflicts
from query_api.ecgs.store import EcgStore
from schemas.insights import InsightResult
from schemas.stored import month_of
from schemas.times import INSTANTS_MICROS, format_rfc3339, parse_rfc3339
from schemas.uploaded import DateSource

_OLDEST, _END = INSTANTS_MICROS.start, INSTANTS_MICROS.stop
# Most users have everything in the first month or two; one with little a month needs many.
_FIRST_MONTHS, _MOST_MONTHS_AT_ONCE = 1, 16
# As many entries at once as a page may hold, which bounds the answers read with them; in all, more than the
# retries of one ECG that a device makes in an hour's outage.
_MOST_ENTRIES_AT_ONCE, _MOST_ENTRIES = 200, 2_000
# Behind every ECG id in a month's order.
AFTER_ALL_IDS = "~"

_result = msgspec.json.Decoder(InsightResult)


class EcgItem(msgspec.Struct, frozen=True, omit_defaults=True):
    """An ECG in a list. `number_of_samples`: of all leads together; null where that was never learned.

    `received_at`: in a list by arrival, when it became readable, and at the latest when the first page was read; the
    largest is the `received_after` of the next visit. `conflicts`: other contents that were sent under the same id.
    `suspect`: true where it was accepted from a device that was in doubt. All three are left out where there is nothing
    to say.
    """

    id: str
    date: str
    date_source: DateSource
    accepted_at: str
    leads: int | None
    number_of_samples: int | None
    sampling_frequency: float | None
    status: Status
    device_id: UUID | None
    links: Links
    received_at: str | None = None
    conflicts: list[Conflict] = []
    suspect: bool = False


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
    store: EcgStore, owner_id: UUID, window: Window, after: Place | None, limit: int
) -> tuple[list[EcgItem], Place | None]:
    """Up to `limit` of the owner's ECGs behind the place `after`, and where to go on if there may be more.

    Raises EngineAwayError.
    """
    listed: list[Row] = []
    answers: dict[str, list[Row]] = {}
    onward, at_once, unread = after, limit, _MOST_ENTRIES
    while True:
        rows, onward = await _rows(store, owner_id, window, onward, at_once)
        if new := {row["ecg_id"] for row in rows} - answers.keys():
            answers |= await store.answers(owner_id, sorted(new))
        shown, followed = first_listed(rows, answers, limit - len(listed))
        listed += shown
        unread -= len(rows)
        if followed:
            onward = _place(listed[-1])
            break
        # Fewer entries than asked for: there are no more, or it was months enough for one request.
        if len(listed) == limit or len(rows) < at_once or onward is None or unread <= 0:
            break
        at_once = min(at_once * 2, _MOST_ENTRIES_AT_ONCE)
    return [await _item(store, owner_id, row, answers.get(row["ecg_id"], [])) for row in listed], onward


def first_listed(
    rows: Sequence[Row], answers: Mapping[str, Sequence[Row]], room: int
) -> tuple[Sequence[Row], bool]:
    """The first `room` entries that are listed, and whether any entry follows the last of these.

    An ECG that was accepted under several dates, as a retry without a date is, is listed under its answer's.
    """
    listed: list[Row] = []
    for number, row in enumerate(rows, 1):
        answer = chosen(answers.get(row["ecg_id"], []))
        if not answer or answer[0]["date"] == row["date"]:
            listed.append(row)
            if len(listed) == room:
                return listed, number < len(rows)
    return listed, False


async def _rows(
    store: EcgStore, owner_id: UUID, window: Window, after: Place | None, limit: int
) -> tuple[list[Row], Place | None]:
    """Up to `limit` entries of the list as it is stored, and where to go on."""
    newest = window.before - 1 if after is None else after.number
    months, all_months = await store.months(owner_id, month_of(window.since), month_of(newest))
    rows: list[Row] = []
    unread, at_once = months, _FIRST_MONTHS
    if after is not None and unread and unread[0] == month_of(after.number):
        rows = await store.listed_after(owner_id, unread[0], *after, window.since, limit + 1)
        unread = unread[1:]
    while unread and len(rows) <= limit:
        rows += await store.listed(owner_id, unread[:at_once], window.since, window.before, limit + 1)
        unread, at_once = unread[at_once:], min(at_once * 2, _MOST_MONTHS_AT_ONCE)
    if len(rows) > limit:
        return rows[:limit], _place(rows[limit - 1])
    if all_months:
        return rows, None
    return rows, Place(parse_rfc3339(f"{months[-1]}-01T00:00:00Z"), AFTER_ALL_IDS)


def _place(row: Row) -> Place:
    return Place(row["date"], row["ecg_id"])


async def _shape(store: EcgStore, owner_id: UUID, ecg_id: str) -> tuple[int | None, int | None]:
    """Leads and samples of the answer, where the list's entry describes another content of the same date."""
    for row in chosen(await store.answer(owner_id, ecg_id)):
        if row["status"] == "computed":
            leads = _result.decode(row["result"]).leads
            return len(leads), sum(lead.number_of_samples for lead in leads)
    return None, None


async def _item(store: EcgStore, owner_id: UUID, row: Row, found: Sequence[Row]) -> EcgItem:
    """The item of an entry, where `found` is what is known of its ECG."""
    answer = chosen(found)
    described = answer[0] if answer else row
    leads, samples = row["leads"], row["samples"]
    if described["content_hash"] != row["content_hash"]:
        leads, samples = await _shape(store, owner_id, row["ecg_id"])
    return EcgItem(
        id=row["ecg_id"],
        date=format_rfc3339(row["date"]),
        date_source=described["date_source"],
        accepted_at=format_rfc3339(accepted_at(answer[0]) if answer else row["accepted_at"]),
        leads=leads,
        number_of_samples=samples,
        sampling_frequency=described["sampling_frequency"],
        status=described["status"],
        device_id=answer[0]["device_id"] if answer else None,
        links=links(row["ecg_id"]),
        conflicts=conflicts(found),
    )
