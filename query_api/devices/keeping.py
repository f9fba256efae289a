"""Issues, pairs, renames and revokes the devices of a user."""

import time
from dataclasses import replace
from typing import NamedTuple
from uuid import UUID, uuid4

from query_api.devices.pairing import Pairing
from query_api.devices.store import Device, DeviceStore
from query_api.devices.tokens import DeviceTokens
from query_api.metrics import DEVICES
from query_api.revocations.book import RevocationBook
from schemas.problems import ConflictError, NotFoundError

# More than anybody has; what all of them are looked up for stays small.
MAX_DEVICES = 1_000


class Issued(NamedTuple):
    """A new device of this owner, and the token that is told this once."""

    owner_id: UUID
    device: Device
    token: str


class Devices:
    """Every method raises EngineAwayError while Cassandra is away."""

    def __init__(
        self, store: DeviceStore, tokens: DeviceTokens, pairing: Pairing, book: RevocationBook
    ) -> None:
        self._store = store
        self._tokens = tokens
        self._pairing = pairing
        self._book = book

    async def issue(self, owner_id: UUID, name: str) -> Issued:
        """A new device of this user, by a name that it may share with others.

        Raises ConflictError where the user has as many as anybody may.
        """
        await self._must_have_room(owner_id)
        issued = await self._add(owner_id, name)
        DEVICES.labels("issued").inc()
        return issued

    async def make_code(self, owner_id: UUID, name: str) -> str:
        """A code for one new device of this user. Raises ConflictError as `issue` does."""
        await self._must_have_room(owner_id)
        return await self._pairing.make(owner_id, name)

    async def pair(self, code: str, address: str | None) -> Issued:
        """The device that this code is for. Raises as `Pairing.take` does."""
        paired = await self._pairing.take(code, address)
        issued = await self._add(paired.owner_id, paired.name)
        DEVICES.labels("paired").inc()
        return issued

    async def revoke(self, owner_id: UUID, device_id: UUID, suspect_from: int | None) -> Device:
        """End the token of a device for good. Of two instants from which what it sent is in doubt, the earlier holds.

        Raises NotFoundError.
        """
        device = await self.get(owner_id, device_id)
        # First what makes it hold: whoever hears of an error here tries again.
        await self._book.revoke_device(device_id, expires_at=device.expires_at)
        revoked_at = device.revoked_at or time.time_ns() // 1000
        doubts = [one for one in (device.suspect_from, suspect_from) if one is not None]
        doubt = min(doubts, default=None)
        await self._store.revoke(owner_id, device_id, revoked_at=revoked_at, suspect_from=doubt)
        if device.revoked_at is None:
            DEVICES.labels("revoked").inc()
        return replace(device, revoked_at=revoked_at, suspect_from=doubt)

    async def rename(self, owner_id: UUID, device_id: UUID, name: str) -> Device:
        """Call a device otherwise, one that was revoked as well. Raises NotFoundError."""
        device = await self.get(owner_id, device_id)
        await self._store.rename(owner_id, device_id, name)
        return replace(device, name=name)

    async def get(self, owner_id: UUID, device_id: UUID) -> Device:
        """The user's device of this id. Raises NotFoundError."""
        device = await self._store.one(owner_id, device_id)
        if device is None:
            raise NotFoundError("you have no such device")
        return device

    async def page(self, owner_id: UUID, after: UUID, limit: int) -> tuple[list[Device], UUID | None]:
        """Up to `limit` of the user's devices behind this id, and the id to go on from if there are more."""
        found = await self._store.page(owner_id, after, limit + 1)
        shown = found[:limit]
        return shown, shown[-1].id if len(found) > limit else None

    async def _must_have_room(self, owner_id: UUID) -> None:
        if await self._store.count(owner_id, MAX_DEVICES) >= MAX_DEVICES:
            raise ConflictError(f"a user has at most {MAX_DEVICES} devices, with those that were revoked")

    async def _add(self, owner_id: UUID, name: str) -> Issued:
        now = time.time_ns() // 1000
        issued_at = now // 1_000_000
        device = Device(uuid4(), name, now, self._tokens.expires_at(issued_at))
        await self._store.add(owner_id, device)
        return Issued(owner_id, device, self._tokens.sign(owner_id, device.id, issued_at=issued_at))
