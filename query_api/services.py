"""What the routes work with: made once at start, found through the request."""

from dataclasses import dataclass
from typing import TypedDict

from fastapi import Request

from query_api.cursors import Cursors
from query_api.ecgs.finding import Ecgs
from query_api.ecgs.store import EcgStore
from query_api.ecgs.waiters import Waiters
from query_api.keys.folder import KeyFolder
from query_api.keys.signing import Signer
from query_api.settings import Settings
from query_api.users.accounts import Users


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a route may need."""

    settings: Settings
    users: Users
    ecgs: Ecgs
    store: EcgStore
    waiters: Waiters
    cursors: Cursors
    keys: KeyFolder
    signer: Signer


class State(TypedDict):
    """The state that the lifespan gives to every request."""

    services: Services


async def services_of(request: Request) -> Services:
    """The services, for a route."""
    services: Services = request.state.services
    return services
