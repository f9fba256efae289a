"""How somebody gets a password of their own: for an invitation, or for the one of before."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from query_api.authentication import require
from query_api.conditional import unkept
from query_api.users.accounts import PASSWORDS_OFF
from query_api.users.answers import ANN_SEEN, BODY_PROBLEMS, INVITATION, TOKEN_PROBLEMS, UserAnswer, seen
from query_api.users.bodies import (
    PasswordChange,
    Redemption,
    parse_password_change,
    parse_redemption,
)
from query_api.users.services import UserServices, json_body, services_of
from query_api.users.tokens import TOKEN, Token, sign, token_answer
from schemas.claims import Claims
from schemas.guessable import REFUSAL
from schemas.problems import (
    ForbiddenError,
    InvalidError,
    NotFoundError,
    RuleError,
    TooManyRequestsError,
    UnauthenticatedError,
    UnavailableError,
)
from service_kit.callers.rate_limit import limit_rate
from service_kit.http import openapi

Anybody = Annotated[Claims, Depends(require())]
Injected = Annotated[UserServices, Depends(services_of)]

router = APIRouter(tags=["sign-in"])


@router.post(
    "/v1/invitations/redeem",
    operation_id="redeemInvitation",
    summary="Trade an invitation for a password of one's own",
    response_class=Response,
    responses=openapi.answer(200, UserAnswer, "Whose password it is now; they sign in with it.", ANN_SEEN)
    | openapi.problems(
        *BODY_PROBLEMS,
        NotFoundError("there is no such invitation: it was used, was replaced, or has ended"),
        ForbiddenError(PASSWORDS_OFF),
        InvalidError([RuleError(REFUSAL, pointer="/password")]),
        TooManyRequestsError("too many passwords of this address are under way", retry_after=1),
        UnavailableError("cassandra does not answer; sending the same again is safe", retry_after=1),
    ),
    openapi_extra=openapi.body(Redemption, {"invitation": INVITATION, "password": "four words of my own"}),
)
async def redeem_invitation(request: Request, services: Injected) -> Response:
    """Needs no token. An invitation is good once, and until it ends; tokens of a password before it end with it.

    A password that is common, a pattern or about its user is refused, and the invitation is as good as before.
    """
    sent = parse_redemption(await json_body(request, services))
    address = services.addresses.caller(request.scope)
    user = await services.changes.redeem(sent.invitation, sent.password, address)
    services.record("user.redeem_invitation", request, None, user.id)
    return unkept(200, seen(user))


@router.put(
    "/v1/users/me/password",
    operation_id="changePassword",
    summary="Change one's password",
    response_class=Response,
    dependencies=[Depends(limit_rate)],
    responses=openapi.answer(
        200,
        Token,
        "A token in the place of all others of this user.",
        TOKEN,
    )
    | openapi.problems(
        *TOKEN_PROBLEMS,
        *BODY_PROBLEMS,
        UnauthenticatedError("no active user has this address and password"),
        ForbiddenError("the first admin is as ECG_ADMIN_EMAIL and ECG_ADMIN_PASSWORD have it"),
        InvalidError([RuleError(REFUSAL, pointer="/password")]),
        TooManyRequestsError("too many wrong passwords; the wait grows with each", retry_after=8),
    ),
    openapi_extra=openapi.body(
        PasswordChange,
        {"current_password": "four words of my own", "password": "five words, all of them new"},
    ),
)
async def change_password(request: Request, claims: Anybody, services: Injected) -> Response:
    """All tokens of before end within seconds, but those of devices. A wrong password counts as one at sign-in."""
    sent = parse_password_change(await json_body(request, services))
    address = services.addresses.caller(request.scope)
    told = partial(services.audit.record, "user.change_password", request=request, owner=claims.user_id)
    try:
        user = await services.changes.change_password(
            claims.user_id, sent.current_password, sent.password, address
        )
    except (UnauthenticatedError, TooManyRequestsError) as refused:
        limited = isinstance(refused, TooManyRequestsError)
        told(claims=claims, outcome="limited" if limited else "failure")
        raise
    going = await services.sessions.begin(user, claims.scopes)
    signed = sign(services, going)
    told(claims=signed.claims)
    return token_answer(going, signed)


STRUCTS = (Redemption, PasswordChange, UserAnswer, Token)
