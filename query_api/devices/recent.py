"""What a device has sent lately, in figures: when it was heard of last, how much, and what was rejected and why."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from query_api.cursors import Place
from query_api.devices.refusals import Refused
from query_api.devices.store import Device, DeviceStore
from query_api.devices.weeks import CLOCKS_MICROS, DAY_MICROS, some_weeks
from schemas.stored import REJECTED, week_of

_DAYS = 28
# Of each week so many are counted: whoever sends more is counted roughly.
_MOST_OF_A_WEEK = 1_000


@dataclass(frozen=True, slots=True)
class Recent:
    """What was accepted at `since` or later; and of all that it ever sent `last_accepted_at`, None where nothing was.

    `rejected`: by reason. `at_least`: there are more. `refused`: before anything was accepted, by whole weeks. Instants
    are µs since the epoch.
    """

    last_accepted_at: int | None
    since: int
    computed: int
    rejected: Mapping[str, int]
    at_least: bool
    refused: Refused


async def recent(store: DeviceStore, owner_id: UUID, device: Device, now: int) -> Recent:
    """What this device has sent lately. Raises EngineAwayError."""
    since = max(device.created_at - CLOCKS_MICROS, now - _DAYS * DAY_MICROS)
    place = Place(now + CLOCKS_MICROS, "")
    weeks, _ = some_weeks(since, place.number)
    rows, refused = await asyncio.gather(
        store.sent(owner_id, device.id, weeks, since, place, _MOST_OF_A_WEEK),
        store.refused(owner_id, device.id, week_of(since)),
    )
    by_week = Counter(row["week"] for row in rows)
    rejected = Counter(row["reason"] for row in rows if row["status"] == REJECTED)
    last = rows[0]["accepted_at"] if rows else await _last(store, owner_id, device, since)
    return Recent(
        last,
        since,
        len(rows) - rejected.total(),
        rejected,
        at_least=_MOST_OF_A_WEEK in by_week.values(),
        refused=refused,
    )


async def _last(store: DeviceStore, owner_id: UUID, device: Device, before: int) -> int | None:
    """When the last of what it sent before this instant was accepted."""
    first = device.created_at - CLOCKS_MICROS
    place: Place | None = Place(before, "")
    while place is not None:
        weeks, later = some_weeks(first, place.number)
        rows = await store.sent(owner_id, device.id, weeks, first, place, 1)
        if rows:
            return int(rows[0]["accepted_at"])
        place = later
    return None
