"""Devices in Cassandra, by their owner, and what each has sent. Every question takes the owner first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from query_api.devices.refusals import Refused, refused_since
from service_kit.engines.cassandra.database import Bound, Database, Statement

TABLES = ("devices_by_owner", "ecgs_by_device")

_COLUMNS = "device_id, name, created_at, expires_at, revoked_at, suspect_from"
_INSERT = Statement("""
    INSERT INTO devices_by_owner (owner_id, device_id, name, created_at, expires_at) VALUES (?, ?, ?, ?, ?)""")
_REVOKE = Statement("""
    UPDATE devices_by_owner SET revoked_at = ?, suspect_from = ? WHERE owner_id = ? AND device_id = ?""")
_RENAME = Statement("UPDATE devices_by_owner SET name = ? WHERE owner_id = ? AND device_id = ?")
_ONE = Statement(f"SELECT {_COLUMNS} FROM devices_by_owner WHERE owner_id = ? AND device_id = ?")  # noqa: S608 - constants of ours
_PAGE = Statement(f"SELECT {_COLUMNS} FROM devices_by_owner WHERE owner_id = ? AND device_id > ? LIMIT ?")  # noqa: S608
_IDS = Statement("SELECT device_id FROM devices_by_owner WHERE owner_id = ? LIMIT ?")
_SENT = Statement("""
    SELECT week, accepted_at, ecg_id, content_hash, status, reason FROM ecgs_by_device
    WHERE owner_id = ? AND device_id = ? AND week = ?
        AND (accepted_at, ecg_id) >= (?, '') AND (accepted_at, ecg_id) < (?, ?)
    LIMIT ?""")


@dataclass(frozen=True, slots=True)
class Device:
    """A device. Instants are µs since the epoch, but for `expires_at`, of its token: seconds.

    `revoked_at`: when its token ended, before its time. `suspect_from`: what was accepted from then on may not be the
    owner's.
    """

    id: UUID
    name: str
    created_at: int
    expires_at: int
    revoked_at: int | None = None
    suspect_from: int | None = None


class DeviceStore:
    """Every method raises EngineAwayError when Cassandra did not confirm."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, owner_id: UUID, device: Device) -> None:
        """Keep a new device."""
        values = (owner_id, device.id, device.name, device.created_at, device.expires_at)
        await self._database.execute(_INSERT, values)

    async def revoke(
        self, owner_id: UUID, device_id: UUID, *, revoked_at: int, suspect_from: int | None
    ) -> None:
        """Write down that a device was revoked."""
        await self._database.execute(_REVOKE, (revoked_at, suspect_from, owner_id, device_id))

    async def rename(self, owner_id: UUID, device_id: UUID, name: str) -> None:
        """Keep another name of a device that is there."""
        await self._database.execute(_RENAME, (name, owner_id, device_id))

    async def one(self, owner_id: UUID, device_id: UUID) -> Device | None:
        """The owner's device of this id."""
        rows = await self._database.execute(_ONE, (owner_id, device_id))
        return _device(rows[0]) if rows else None

    async def page(self, owner_id: UUID, after: UUID, limit: int) -> list[Device]:
        """Up to `limit` of the owner's devices behind this id, in their order."""
        return [_device(row) for row in await self._database.execute(_PAGE, (owner_id, after, limit))]

    async def count(self, owner_id: UUID, most: int) -> int:
        """How many devices the owner has, or `most` where there are more."""
        return len(await self._database.execute(_IDS, (owner_id, most)))

    async def sent(
        self,
        owner_id: UUID,
        device_id: UUID,
        weeks: Sequence[str],
        since: int,
        before: tuple[int, str],
        limit: int,
    ) -> list[Mapping[str, Any]]:
        """What the device sent in these weeks, given newest first, each newest first: accepted at `since` or later, and
        before the place (instant, ECG id); up to `limit` a week.
        """
        asked: list[Bound] = [(_SENT, (owner_id, device_id, week, since, *before, limit)) for week in weeks]
        return [row for rows in await self._database.execute_all(asked) for row in rows]

    async def refused(self, owner_id: UUID, device_id: UUID, week: str) -> Refused:
        """What was refused to the device in this week and later, before anything was accepted."""
        return await refused_since(self._database, owner_id, device_id, week)


def _device(row: Mapping[str, Any]) -> Device:
    return Device(
        row["device_id"],
        row["name"],
        row["created_at"],
        row["expires_at"],
        row["revoked_at"],
        row["suspect_from"],
    )
