"""The audit trail, to be read: one's own by each client, that of identity events by an admin. Newest first."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Query, Request, Response

from query_api.audit import paging
from query_api.audit.filing import IDENTITY
from query_api.audit.paging import NEWEST, Place
from query_api.audit.services import AuditServices, services_of
from query_api.authentication import require
from query_api.conditional import IF_NONE_MATCH, UNCHANGED
from query_api.cursors import CursorText
from query_api.pages import NOT_A_CURSOR, PAGE_HEADERS, place_of, reply_page
from schemas.audit import AuditEntry
from schemas.claims import Claims
from schemas.problems import (
    ForbiddenError,
    TooManyRequestsError,
    UnauthenticatedError,
    UnavailableError,
)
from service_kit.callers.rate_limit import limit_rate
from service_kit.http import openapi
from service_kit.http.framework.direct_routes import DirectRoute
from service_kit.http.query_parameters import require_known_parameters

_OWN_PATH, _IDENTITY_PATH = "/v1/audit", "/v1/audit/identity"
_DEFAULT_LIMIT, _MAX_LIMIT = 50, 200

Limit = Annotated[int, Query(ge=1, le=_MAX_LIMIT)]
Injected = Annotated[AuditServices, Depends(services_of)]

router = APIRouter(tags=["audit"], route_class=DirectRoute, dependencies=[Depends(limit_rate)])


class AuditPage(msgspec.Struct, frozen=True):
    """Some entries, newest first to within a second; `next` leads to more, until it is null."""

    items: list[AuditEntry]
    next: str | None


_ANN = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff"
_READ: dict[str, object] = {
    "time": "2025-11-23T08:31:12.250917Z",
    "action": "ecg.insights.read",
    "outcome": "success",
    "actor": _ANN,
    "role": "client",
    "token_id": "5b0f6f0c6c0e4a0d9f7f3f0a1c2d3e4f",
    "owner": _ANN,
    "entities": ["ecg/ecg-20"],
    "address": "192.0.2.17",
    "agent": "curl/8.5.0",
    "request": "0123456789abcdef",
}
_REFUSED: dict[str, object] = {
    "time": "2025-11-23T08:30:01.750917Z",
    "action": "user.sign_in",
    "outcome": "failure",
    "owner": _ANN,
    "address": "192.0.2.17",
    "agent": "curl/8.5.0",
    "request": "fedcba9876543210",
}


def _answers(example: dict[str, object], path: str, scope: str, role: str) -> openapi.Responses:
    page = {"items": [example], "next": f"{path}?limit=1&cursor=WyIyMDI1LVc0NyIs"}
    return (
        openapi.answer(200, AuditPage, "Some entries.", page, headers=PAGE_HEADERS)
        | UNCHANGED
        | openapi.problems(
            UnauthenticatedError("the token has expired"),
            ForbiddenError(f"this needs the scope {scope}, which a token of role {role} lacks"),
            NOT_A_CURSOR,
            TooManyRequestsError("this user has sent more requests than are taken", retry_after=1),
            UnavailableError("cassandra does not answer; sending the same again is safe", retry_after=1),
        )
    )


@router.get(
    _OWN_PATH,
    operation_id="listAudit",
    summary="Who read my data, and what was done with my account",
    response_class=Response,
    responses=_answers(_READ, _OWN_PATH, "ecgs:read", "admin"),
    openapi_extra=openapi.headers(IF_NONE_MATCH),
)
async def list_audit(
    request: Request,
    claims: Annotated[Claims, Depends(require("ecgs:read"))],
    services: Injected,
    limit: Limit = _DEFAULT_LIMIT,
    cursor: CursorText = None,
) -> Response:
    """Every read of the caller's own ECGs, by whomever, and each sign-in and change of their account.

    An entry is here within some seconds. A page may hold fewer than `limit`: go on until `next` is null.
    """
    require_known_parameters(request)
    services.audit.record("audit.read", request=request, claims=claims, owner=claims.user_id)
    return await _page(request, claims, services, _OWN_PATH, str(claims.user_id), limit, cursor)


@router.get(
    _IDENTITY_PATH,
    operation_id="listIdentityAudit",
    summary="Who signed in, and what was done with accounts and keys",
    response_class=Response,
    responses=_answers(_REFUSED, _IDENTITY_PATH, "users:read", "client"),
    openapi_extra=openapi.headers(IF_NONE_MATCH),
)
async def list_identity_audit(
    request: Request,
    claims: Annotated[Claims, Depends(require("users:read"))],
    services: Injected,
    limit: Limit = _DEFAULT_LIMIT,
    cursor: CursorText = None,
) -> Response:
    """Admins only. Of everybody, without who read which ECG: that is for its owner.

    An entry is here within some seconds. A page may hold fewer than `limit`: go on until `next` is null.
    """
    require_known_parameters(request)
    services.audit.record("audit.identity.read", request=request, claims=claims)
    return await _page(request, claims, services, _IDENTITY_PATH, IDENTITY, limit, cursor)


async def _page(
    request: Request,
    claims: Claims,
    services: AuditServices,
    path: str,
    subject: str,
    limit: int,
    cursor: str | None,
) -> Response:
    after = place_of(services.cursors, cursor, claims.user_id, path, Place)
    items, onward = await paging.page(services.store, subject, after or NEWEST, limit)
    query = (
        None
        if onward is None
        else {
            "limit": limit,
            "cursor": services.cursors.encode(claims.user_id, path, onward),
        }
    )
    return reply_page(request, AuditPage, items, path, query)


STRUCTS = (AuditEntry, AuditPage)
