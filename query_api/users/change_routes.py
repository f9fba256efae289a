"""What an admin changes of a user: a new invitation, their role, whether they may sign in."""

from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Request, Response

from query_api.authentication import require
from query_api.conditional import unkept
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
from query_api.users.bodies import UserChange, parse_user_change
from query_api.users.services import UserServices, json_body, services_of
from schemas.claims import Claims
from schemas.problems import ForbiddenError, InvalidError, NotFoundError, RuleError
from service_kit.callers.rate_limit import limit_rate
from service_kit.http import openapi
from service_kit.http.query_parameters import NONE_TAKEN, require_known_parameters

Writer = Annotated[Claims, Depends(require("users:write"))]
Injected = Annotated[UserServices, Depends(services_of)]

router = APIRouter(tags=["users"], dependencies=[Depends(limit_rate)])


@router.post(
    f"{USER_PATH}/invitations",
    operation_id="inviteUser",
    summary="A new invitation, for a forgotten password or one that has ended",
    response_class=Response,
    status_code=201,
    responses=openapi.answer(
        201, InvitedUser, "The user, and an invitation that is shown this once.", ANN_INVITED
    )
    | openapi.problems(
        *TOKEN_PROBLEMS,
        ForbiddenError("the first admin is as ECG_ADMIN_EMAIL and ECG_ADMIN_PASSWORD have it"),
        NotFoundError("there is no such user"),
        InvalidError([NONE_TAKEN]),
    ),
)
async def invite_user(request: Request, user_id: UUID, claims: Writer, services: Injected) -> Response:
    """Admins only. The invitation of before ends; the password of before holds until this one is traded."""
    require_known_parameters(request)
    user, invitation, until = await services.changes.invite(user_id)
    services.record("user.invite", request, claims, user_id)
    return unkept(201, invited(user, invitation, until))


@router.patch(
    USER_PATH,
    operation_id="changeUser",
    summary="Deactivate or reactivate a user, or give them another role",
    response_class=Response,
    responses=openapi.answer(200, UserAnswer, "The user, as they are now.", ANN_SEEN | {"active": False})
    | openapi.problems(
        *TOKEN_PROBLEMS,
        *BODY_PROBLEMS,
        ForbiddenError("no other active admin has signed in: one has to stay"),
        NotFoundError("there is no such user"),
        InvalidError([RuleError("neither true nor false", pointer="/active")]),
    ),
    openapi_extra=openapi.body(UserChange, {"active": False}),
)
async def change_user(request: Request, user_id: UUID, claims: Writer, services: Injected) -> Response:
    """Admins only. Whoever is deactivated, or gets another role, has no token at either API a few seconds later.

    Their ECGs stay, and so do their devices, which may send again when their user is active again.
    """
    change = parse_user_change(await json_body(request, services))
    user = await services.changes.change(
        user_id,
        role=None if change.role is msgspec.UNSET else change.role,
        active=None if change.active is msgspec.UNSET else change.active,
    )
    if change.role is not msgspec.UNSET:
        services.record("user.change_role", request, claims, user_id)
    if change.active is not msgspec.UNSET:
        services.record("user.reactivate" if change.active else "user.deactivate", request, claims, user_id)
    return unkept(200, seen(user))


STRUCTS = (UserChange, InvitedUser, UserAnswer)
