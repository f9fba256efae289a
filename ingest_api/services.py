"""What the routes work with: made once at start, found through the request."""

from dataclasses import dataclass
from typing import TypedDict

from fastapi import Request

from ingest_api.acceptance import Acceptor
from ingest_api.identity import KeyReader
from ingest_api.rules import Limits
from ingest_api.settings import Settings
from service_kit.admission import Admission


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a route may need."""

    settings: Settings
    keys: KeyReader
    limits: Limits
    acceptor: Acceptor
    admission: Admission


class State(TypedDict):
    """The state that the lifespan gives to every request."""

    services: Services


async def services_of(request: Request) -> Services:
    """The services, for a route."""
    services: Services = request.state.services
    return services
