"""What the routes about users and their signing in work with: made once at start, found through the request."""

from dataclasses import dataclass, field
from typing import TypedDict, cast
from uuid import UUID

from fastapi import Request

from query_api.audit.trail import Audit
from query_api.cursors import Cursors
from query_api.keys.signing import Signer
from query_api.users.accounts import Users
from query_api.users.answers import MAX_BODY_BYTES
from query_api.users.by_provider import SignInsByProvider
from query_api.users.changes import UserChanges
from query_api.users.sessions import Sessions
from schemas.audit import Action, Outcome
from schemas.claims import Claims
from service_kit.callers.addresses import Addresses
from service_kit.callers.tokens import TokenVerifier
from service_kit.http.body import read_body, require_json, require_unencoded
from service_kit.http.pace import Pace
from service_kit.http.query_parameters import require_known_parameters
from service_kit.log_limits import LogLimit


@dataclass(frozen=True, slots=True)
class UserServices:
    """Everything a route about users may need. `addresses`: tell where a caller is; `pace`: how slowly a body comes;
    `by_provider`: None where there is no provider.
    """

    users: Users
    changes: UserChanges
    sessions: Sessions
    verifier: TokenVerifier
    signer: Signer
    cursors: Cursors
    addresses: Addresses
    audit: Audit
    pace: Pace
    by_provider: SignInsByProvider | None
    refusals: LogLimit = field(default_factory=LogLimit)

    def record(self, action: Action, request: Request, claims: Claims | None, user_id: UUID) -> None:
        """Record what was done with a user, or shown of them."""
        self.audit.record(
            action, request=request, claims=claims, owner=user_id, entities=(f"user/{user_id}",)
        )

    def record_refusals(
        self, action: Action, request: Request, outcome: Outcome, user_id: UUID | None
    ) -> None:
        """Record what may go on and on unjudged: once a minute for each user, with how often it happened."""
        if times := self.refusals.count((action, user_id)):
            self.audit.record(action, request=request, outcome=outcome, owner=user_id, count=times)


class UserState(TypedDict):
    """What the lifespan gives to every request for these routes."""

    users: UserServices


async def services_of(request: Request) -> UserServices:
    """The services, for a route."""
    return cast("Request[UserState]", request).state["users"]


async def json_body(request: Request, services: UserServices) -> bytes:
    """The body of a request that takes JSON and no query parameter. Raises what is wrong with either."""
    require_known_parameters(request)
    require_json(request)
    require_unencoded(request)
    return await read_body(request, max_bytes=MAX_BODY_BYTES, pace=services.pace)
