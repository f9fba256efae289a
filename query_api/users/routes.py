"""Users: an admin registers and lists them, and everybody sees themselves."""

from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Query, Request, Response

from query_api.authentication import require
from query_api.conditional import IF_NONE_MATCH, TAGGED, UNCHANGED, reply, unkept
from query_api.cursors import CursorText, Place
from query_api.pages import NOT_A_CURSOR, PAGE_HEADERS, place_of, reply_page
from query_api.users.answers import (
    ANN_INVITED,
    ANN_SEEN,
    BODY_PROBLEMS,
    TOKEN_PROBLEMS,
    USER_PATH,
    InvitedUser,
    UserAnswer,
    invited,
    seen,
)
from query_api.users.bodies import NewUser, parse_new_user
from query_api.users.services import UserServices, json_body, services_of
from query_api.users.store import BEFORE_ALL
from schemas.claims import Claims
from schemas.problems import ConflictError, ForbiddenError, InvalidError, NotFoundError, RuleError
from service_kit.callers.rate_limit import limit_rate
from service_kit.http import openapi
from service_kit.http.query_parameters import NONE_TAKEN, require_known_parameters

_PATH = "/v1/users"
_FILTERS = "users"
_DEFAULT_LIMIT, _MAX_LIMIT = 50, 200

Reader = Annotated[Claims, Depends(require("users:read"))]
Writer = Annotated[Claims, Depends(require("users:write"))]
Anybody = Annotated[Claims, Depends(require())]
Injected = Annotated[UserServices, Depends(services_of)]

router = APIRouter(tags=["users"], dependencies=[Depends(limit_rate)])


class UserPage(msgspec.Struct, frozen=True):
    """Some users, in no order that means anything; `next` leads to more."""

    items: list[UserAnswer]
    next: str | None


@router.post(
    _PATH,
    operation_id="createUser",
    summary="Register a user",
    response_class=Response,
    status_code=201,
    responses=openapi.answer(
        201,
        InvitedUser,
        "The user, and an invitation that is shown this once.",
        ANN_INVITED,
        headers={"Location": "The user."},
    )
    | openapi.problems(
        *TOKEN_PROBLEMS,
        *BODY_PROBLEMS,
        ConflictError("this address has a user already"),
        InvalidError([RuleError("not an e-mail address, or not in ASCII before the @", pointer="/email")]),
    ),
    openapi_extra=openapi.body(NewUser, {"email": "ann@example.com"}),
)
async def create_user(request: Request, claims: Writer, services: Injected) -> Response:
    """Admins only. A client sends ECGs and reads their own; an admin does neither.

    They trade the invitation for a password of their own at `POST /v1/invitations/redeem`.
    """
    new = parse_new_user(await json_body(request, services))
    user, invitation, until = await services.changes.register(new.email, new.role)
    services.record("user.create", request, claims, user.id)
    return unkept(201, invited(user, invitation, until), {"location": f"{_PATH}/{user.id}"})


@router.get(
    _PATH,
    operation_id="listUsers",
    summary="List users",
    response_class=Response,
    responses=openapi.answer(
        200,
        UserPage,
        "Some users.",
        {"items": [ANN_SEEN], "next": "/v1/users?limit=1&cursor=eyJhZnRlciI6MX0"},
        headers=PAGE_HEADERS,
    )
    | UNCHANGED
    | openapi.problems(*TOKEN_PROBLEMS, NOT_A_CURSOR),
    openapi_extra=openapi.headers(IF_NONE_MATCH),
)
async def list_users(
    request: Request,
    claims: Reader,
    services: Injected,
    limit: Annotated[int, Query(ge=1, le=_MAX_LIMIT)] = _DEFAULT_LIMIT,
    cursor: CursorText = None,
) -> Response:
    """Admins only. Each user once, in no order that means anything."""
    require_known_parameters(request)
    after = place_of(services.cursors, cursor, claims.user_id, _FILTERS, Place)
    users, onward = await services.users.page(BEFORE_ALL if after is None else after.number, limit)
    shown = tuple(f"user/{user.id}" for user in users)
    services.audit.record("user.list", request=request, claims=claims, entities=shown)
    query = None
    if onward is not None:
        text = services.cursors.encode(claims.user_id, _FILTERS, Place(onward, ""))
        query = {"limit": limit, "cursor": text}
    return reply_page(request, UserPage, [seen(user) for user in users], _PATH, query)


@router.get(
    f"{_PATH}/me",
    operation_id="getMe",
    summary="Who am I?",
    response_class=Response,
    responses=openapi.answer(200, UserAnswer, "Whoever the token was signed for.", ANN_SEEN, headers=TAGGED)
    | UNCHANGED
    | openapi.problems(
        TOKEN_PROBLEMS[0],
        ForbiddenError("this is not for devices, whose tokens send ECGs and ask for their status"),
        *TOKEN_PROBLEMS[2:],
        InvalidError([NONE_TAKEN]),
    ),
    openapi_extra=openapi.headers(IF_NONE_MATCH),
)
async def get_me(request: Request, claims: Anybody, services: Injected) -> Response:
    """Any token of a user's own will do."""
    require_known_parameters(request)
    return await _one(request, claims, services, claims.user_id)


@router.get(
    USER_PATH,
    operation_id="getUser",
    summary="One user",
    response_class=Response,
    responses=openapi.answer(200, UserAnswer, "The user.", ANN_SEEN, headers=TAGGED)
    | UNCHANGED
    | openapi.problems(
        *TOKEN_PROBLEMS,
        NotFoundError("there is no such user"),
        InvalidError([NONE_TAKEN]),
    ),
    openapi_extra=openapi.headers(IF_NONE_MATCH),
)
async def get_user(request: Request, user_id: UUID, claims: Reader, services: Injected) -> Response:
    """Admins only."""
    require_known_parameters(request)
    return await _one(request, claims, services, user_id)


async def _one(request: Request, claims: Claims, services: UserServices, user_id: UUID) -> Response:
    user = await services.users.get(user_id)
    services.record("user.read", request, claims, user_id)
    return reply(request, seen(user))


STRUCTS = (NewUser, InvitedUser, UserAnswer, UserPage)
