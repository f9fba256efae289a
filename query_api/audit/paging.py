"""A page of a trail, newest first to within a second, and where it goes on.

One request looks into a bounded number of weeks, so that a page may hold fewer than its limit, even nothing, and yet
have a next.
"""

import sys
from typing import NamedTuple, cast

import msgspec

from query_api.audit.store import At, AuditStore
from schemas.audit import AuditEntry

# Most who ask read what was recorded this week.
_MOST_WEEKS = 16
# A row holds an entry at least, and many where there was much in its second.
_FIRST_ROWS, _MOST_ROWS = 8, 201

_entries = msgspec.json.Decoder(list[msgspec.Raw])


class Place(NamedTuple):
    """Behind the newest `passed` entries of this row of this week."""

    week: str
    began_at: int
    chain: str
    part: int
    passed: int

    @property
    def at(self) -> At:
        """The row."""
        return At(self.began_at, self.chain, self.part)


def newest_of(week: str) -> Place:
    """Before all entries of a week, and behind those of later ones."""
    return Place(week, sys.maxsize, "~", 2**31 - 1, 0)


# Behind every week that there is.
NEWEST = newest_of("~")


async def page(
    store: AuditStore, subject: str, after: Place, limit: int
) -> tuple[list[AuditEntry], Place | None]:
    """Up to `limit` entries of a subject's trail behind `after`, and where to go on if there may be more.

    Raises EngineAwayError.
    """
    weeks = await store.weeks(subject, after.week, _MOST_WEEKS + 1)
    found: list[msgspec.Raw] = []
    for week in weeks[:_MOST_WEEKS]:
        place: Place | None = after if week == after.week else newest_of(week)
        while place is not None:
            place = await _read(store, subject, place, found, limit)
            if len(found) == limit:
                return _shown(found), place
    return _shown(found), newest_of(weeks[_MOST_WEEKS]) if len(weeks) > _MOST_WEEKS else None


async def _read(
    store: AuditStore, subject: str, after: Place, found: list[msgspec.Raw], limit: int
) -> Place | None:
    """Add entries of the week behind `after`, up to `limit` in all; where it goes on, None at the week's end."""
    asked = _FIRST_ROWS if not found else _MOST_ROWS
    rows = await store.rows(subject, after.week, after.at, asked)
    for at, text in rows:
        newest_first = _entries.decode(text)[::-1]
        passed = after.passed if at == after.at else 0
        taken = newest_first[passed : passed + limit - len(found)]
        found += taken
        if len(found) == limit:
            return Place(after.week, *at, passed + len(taken))
    return Place(after.week, *rows[-1][0], sys.maxsize) if len(rows) == asked else None


def _shown(found: list[msgspec.Raw]) -> list[AuditEntry]:
    # What is stored is the JSON of entries: it goes out as it is, not decoded and encoded again.
    return cast("list[AuditEntry]", found)
