"""Users: an admin registers and lists them, and everybody sees themselves."""

from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Query, Request, Response

from query_api.authentication import require
from query_api.conditional import reply, unkept
from query_api.cursors import Place
from query_api.users.bodies import NewUser, parse_new_user
from query_api.users.services import UserServices, services_of
from query_api.users.store import BEFORE_ALL, User
from schemas.claims import Claims, Role
from schemas.problems import (
    BodyTimeoutError,
    ConflictError,
    ForbiddenError,
    InvalidError,
    MalformedError,
    NotFoundError,
    RuleError,
    TooLargeError,
    TooManyRequestsError,
    UnauthenticatedError,
    UnavailableError,
    UnsupportedMediaError,
)
from schemas.times import format_rfc3339
from service_kit.callers.rate_limit import limit_rate
from service_kit.http import openapi
from service_kit.http.body import read_body, require_json, require_unencoded
from service_kit.http.query_parameters import require_known_parameters

_PATH = "/v1/users"
_FILTERS = "users"
_MAX_BODY_BYTES = 4_096
_DEFAULT_LIMIT, _MAX_LIMIT = 50, 200

Reader = Annotated[Claims, Depends(require("users:read"))]
Writer = Annotated[Claims, Depends(require("users:write"))]
Anybody = Annotated[Claims, Depends(require())]
Injected = Annotated[UserServices, Depends(services_of)]

router = APIRouter(tags=["users"], dependencies=[Depends(limit_rate)])


class UserAnswer(msgspec.Struct, frozen=True):
    """A user. `active`: whether they may sign in."""

    id: UUID
    email: str
    role: Role
    created_at: str
    active: bool


class CreatedUser(msgspec.Struct, frozen=True):
    """A new user, with the password that is told this once and kept by nobody but them."""

    id: UUID
    email: str
    role: Role
    password: str


class UserPage(msgspec.Struct, frozen=True):
    """Some users, in no order that means anything; `next` leads to more."""

    items: list[UserAnswer]
    next: str | None


_ANN = {"id": "6f9619ff-8b86-4d01-b42d-00cf4fc964ff", "email": "ann@example.com", "role": "client"}
_ANN_SEEN = _ANN | {"created_at": "2025-11-23T08:30:00.123456Z", "active": True}
_TOKEN_PROBLEMS = (
    UnauthenticatedError("the token has expired"),
    ForbiddenError("this needs the scope users:read, which a token of role client lacks"),
    UnavailableError("cassandra does not answer; sending the same again is safe", retry_after=1),
    TooManyRequestsError("this user has sent more requests than are taken", retry_after=1),
)


@router.post(
    _PATH,
    operation_id="createUser",
    summary="Register a user",
    response_class=Response,
    status_code=201,
    responses=openapi.answer(
        201,
        CreatedUser,
        "The user, and a password that is shown this once.",
        _ANN | {"password": "sdEoD3TDIcEBiTdH3hkjeo3q"},
        headers={"Location": "The user."},
    )
    | openapi.problems(
        *_TOKEN_PROBLEMS,
        MalformedError("not JSON", offset=0),
        BodyTimeoutError(
            "the body came at less than 1000 bytes a second, or was not there after 3600 seconds"
        ),
        ConflictError("this address has a user already"),
        TooLargeError(f"at most {_MAX_BODY_BYTES} bytes are taken"),
        UnsupportedMediaError("send Content-Type: application/json"),
        InvalidError([RuleError("not an e-mail address", pointer="/email")]),
        TooManyRequestsError("too many passwords at once", retry_after=1),
    ),
    openapi_extra=openapi.body(NewUser, {"email": "ann@example.com"}),
)
async def create_user(request: Request, _: Writer, services: Injected) -> Response:
    """Admins only. The user is a client: sends ECGs and reads their own."""
    require_known_parameters(request)
    require_json(request)
    require_unencoded(request)
    email = parse_new_user(await read_body(request, max_bytes=_MAX_BODY_BYTES, pace=services.pace))
    user, password = await services.users.register(email)
    created = CreatedUser(user.id, user.email, user.role, password)
    return unkept(201, created, {"location": f"{_PATH}/{user.id}"})


@router.get(
    _PATH,
    operation_id="listUsers",
    summary="List users",
    response_class=Response,
    responses=openapi.answer(
        200,
        UserPage,
        "Some users.",
        {"items": [_ANN_SEEN], "next": "/v1/users?limit=1&cursor=eyJhZnRlciI6MX0"},
        headers={"Link": 'The next page, `rel="next"`.', "ETag": "Of this very answer."},
    )
    | openapi.problems(
        *_TOKEN_PROBLEMS, InvalidError([RuleError("not a cursor of this list", parameter="cursor")])
    ),
)
async def list_users(
    request: Request,
    claims: Reader,
    services: Injected,
    limit: Annotated[int, Query(ge=1, le=_MAX_LIMIT)] = _DEFAULT_LIMIT,
    cursor: Annotated[str | None, Query(description="From `next` of the page before.")] = None,
) -> Response:
    """Admins only. Each user once, in no order that means anything."""
    require_known_parameters(request)
    after = BEFORE_ALL
    if cursor is not None:
        try:
            after, _ = services.cursors.decode(cursor, claims.user_id, _FILTERS, Place)
        except ValueError as error:
            raise InvalidError([RuleError(str(error), parameter="cursor")]) from None
    users, onward = await services.users.page(after, limit)
    next_path = None
    if onward is not None:
        text = services.cursors.encode(claims.user_id, _FILTERS, Place(onward, ""))
        next_path = f"{_PATH}?{urlencode({'limit': limit, 'cursor': text})}"
    page = UserPage([_seen(user) for user in users], next_path)
    return reply(request, page, {"link": f'<{next_path}>; rel="next"'} if next_path else None)


@router.get(
    f"{_PATH}/me",
    operation_id="getMe",
    summary="Who am I?",
    response_class=Response,
    responses=openapi.answer(200, UserAnswer, "Whoever the token was signed for.", _ANN_SEEN)
    | openapi.problems(
        _TOKEN_PROBLEMS[0],
        ForbiddenError("this is not for devices, whose tokens send ECGs and ask for their status"),
        *_TOKEN_PROBLEMS[2:],
    ),
)
async def get_me(request: Request, claims: Anybody, services: Injected) -> Response:
    """Any token of a user's own will do."""
    require_known_parameters(request)
    return reply(request, _seen(await services.users.get(claims.user_id)))


@router.get(
    f"{_PATH}/{{user_id}}",
    operation_id="getUser",
    summary="One user",
    response_class=Response,
    responses=openapi.answer(200, UserAnswer, "The user.", _ANN_SEEN)
    | openapi.problems(
        *_TOKEN_PROBLEMS,
        NotFoundError("there is no such user"),
        InvalidError([RuleError("not a value that is taken here", parameter="user_id")]),
    ),
)
async def get_user(request: Request, user_id: UUID, _: Reader, services: Injected) -> Response:
    """Admins only."""
    require_known_parameters(request)
    return reply(request, _seen(await services.users.get(user_id)))


def _seen(user: User) -> UserAnswer:
    return UserAnswer(user.id, user.email, user.role, format_rfc3339(user.created_at), user.active)


STRUCTS = (NewUser, CreatedUser, UserAnswer, UserPage)
