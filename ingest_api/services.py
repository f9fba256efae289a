"""What the routes work with: made once at start, found through the request."""

from dataclasses import dataclass
from typing import cast

from fastapi import Request

from formats.rules import Limits
from ingest_api.acceptance import Acceptor
from ingest_api.daily_bytes import DailyBytes
from ingest_api.disk_space import DiskSpace
from ingest_api.settings import Settings
from ingest_api.verification_keys import VerificationKeys
from service_kit.callers.admission import Admission
from service_kit.callers.rate_limit import CallerState


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a route may need."""

    settings: Settings
    keys: VerificationKeys
    limits: Limits
    acceptor: Acceptor
    admission: Admission
    daily_bytes: DailyBytes
    disk_space: DiskSpace


class State(CallerState):
    """What the lifespan gives to every request."""

    services: Services


async def services_of(request: Request) -> Services:
    """The services, for a route."""
    return cast("Request[State]", request).state["services"]
