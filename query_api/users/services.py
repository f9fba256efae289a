"""What the routes about users and their signing in work with: made once at start, found through the request."""

from dataclasses import dataclass
from typing import TypedDict, cast

from fastapi import Request

from query_api.cursors import Cursors
from query_api.keys.signing import Signer
from query_api.users.accounts import Users
from service_kit.callers.addresses import Addresses
from service_kit.http.pace import Pace


@dataclass(frozen=True, slots=True)
class UserServices:
    """Everything a route about users may need. `addresses`: tell where a caller is; `pace`: how slowly a body comes."""

    users: Users
    signer: Signer
    cursors: Cursors
    addresses: Addresses
    pace: Pace


class UserState(TypedDict):
    """What the lifespan gives to every request for these routes."""

    users: UserServices


async def services_of(request: Request) -> UserServices:
    """The services, for a route."""
    return cast("Request[UserState]", request).state["users"]
