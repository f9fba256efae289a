"""What the routes about the audit trail work with: made once at start, found through the request."""

from dataclasses import dataclass
from typing import TypedDict, cast

from fastapi import Request

from query_api.audit.store import AuditStore
from query_api.audit.trail import Audit
from query_api.cursors import Cursors


@dataclass(frozen=True, slots=True)
class AuditServices:
    """Everything a route about the trail may need."""

    audit: Audit
    store: AuditStore
    cursors: Cursors


class AuditState(TypedDict):
    """What the lifespan gives to every request for these routes."""

    audit: AuditServices


async def services_of(request: Request) -> AuditServices:
    """The services, for a route."""
    return cast("Request[AuditState]", request).state["audit"]
