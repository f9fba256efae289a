"""What the routes about devices work with: made once at start, found through the request."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypedDict, cast

from fastapi import Request

from query_api.audit.trail import Audit
from query_api.cursors import Cursors
from query_api.devices.keeping import Devices
from query_api.devices.pairing import Pairing, load_pairing_key
from query_api.devices.store import Device, DeviceStore
from query_api.devices.tokens import DeviceTokens
from query_api.keys.folder import KeyFolder
from query_api.revocations.book import RevocationBook
from query_api.settings import Settings
from schemas.audit import Action
from schemas.claims import Claims
from service_kit.callers.addresses import Addresses
from service_kit.engines.cassandra.database import Database
from service_kit.http.pace import Pace


@dataclass(frozen=True, slots=True)
class DeviceServices:
    """Everything a route about devices may need. `pace`: how slowly a body may come."""

    devices: Devices
    store: DeviceStore
    cursors: Cursors
    addresses: Addresses
    audit: Audit
    pace: Pace

    def record(self, action: Action, request: Request, claims: Claims, devices: Iterable[Device]) -> None:
        """Record what a caller did with devices of theirs, or saw of them."""
        entities = tuple(f"device/{device.id}" for device in devices)
        self.audit.record(action, request=request, claims=claims, owner=claims.user_id, entities=entities)


class DeviceState(TypedDict):
    """What the lifespan gives to every request for these routes."""

    devices: DeviceServices


async def services_of(request: Request) -> DeviceServices:
    """The services, for a route."""
    return cast("Request[DeviceState]", request).state["devices"]


def device_services(
    settings: Settings,
    database: Database,
    folder: KeyFolder,
    cursors: Cursors,
    addresses: Addresses,
    book: RevocationBook,
    audit: Audit,
) -> DeviceServices:
    """What the routes need, made of what the service has. Raises OSError where the folder cannot be used."""
    tokens = DeviceTokens(
        lambda: folder.current,
        issuer=settings.token_issuer,
        audience=settings.token_audience,
        days=settings.device_token_days,
    )
    store = DeviceStore(database)
    devices = Devices(store, tokens, Pairing(database, load_pairing_key(settings.keys_dir)), book)
    return DeviceServices(devices, store, cursors, addresses, audit, Pace.of(settings))
