"""What the routes about ECGs work with: made once at start, found through the request."""

from dataclasses import dataclass
from typing import TypedDict, cast

from fastapi import Request

from query_api.audit.trail import Audit
from query_api.cursors import Cursors
from query_api.ecgs.finding import Ecgs
from query_api.ecgs.store import EcgStore
from query_api.ecgs.waiters import Waiters


@dataclass(frozen=True, slots=True)
class EcgServices:
    """Everything a route about ECGs may need. `longest_wait_seconds`: the most that is granted to who would wait."""

    ecgs: Ecgs
    store: EcgStore
    waiters: Waiters
    cursors: Cursors
    audit: Audit
    longest_wait_seconds: int


class EcgState(TypedDict):
    """What the lifespan gives to every request for these routes."""

    ecgs: EcgServices


async def services_of(request: Request) -> EcgServices:
    """The services, for a route."""
    return cast("Request[EcgState]", request).state["ecgs"]
