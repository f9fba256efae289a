"""``POST /v1/token``: an e-mail address and a password for an access token."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Request, Response

from query_api.authentication import SIGN_IN_PATH
from query_api.conditional import unkept
from query_api.users.bodies import SignIn, parse_sign_in
from query_api.users.services import UserServices, services_of
from query_api.users.store import User
from schemas.claims import SCOPES, Scope
from schemas.problems import (
    BodyTimeoutError,
    InvalidError,
    MalformedError,
    RuleError,
    TooLargeError,
    TooManyRequestsError,
    UnauthenticatedError,
    UnavailableError,
    UnsupportedMediaError,
)
from service_kit.http import openapi
from service_kit.http.body import read_body, require_unencoded
from service_kit.http.query_parameters import require_known_parameters

_FORM = "application/x-www-form-urlencoded"
# The longest address and a password of any sense, with room for percent signs.
_MAX_BODY_BYTES = 8_192

router = APIRouter(tags=["sign-in"])


class Token(msgspec.Struct, frozen=True, omit_defaults=True):
    """An access token. `expires_in`: seconds. `scope`: only where it has fewer than its role."""

    access_token: str
    token_type: str
    expires_in: int
    scope: str | None = None


@router.post(
    SIGN_IN_PATH,
    operation_id="createToken",
    summary="Sign in: an e-mail address and a password for an access token",
    response_class=Response,
    responses=openapi.answer(
        200,
        Token,
        "A token, for `Authorization: Bearer …` at both APIs.",
        {"access_token": "eyJhbGciOiJFZERTQSIs…", "token_type": "bearer", "expires_in": 1800},
    )
    | openapi.problems(
        MalformedError("the body is not a form, URL-encoded UTF-8"),
        UnauthenticatedError("no active user has this address and password"),
        BodyTimeoutError(
            "the body came at less than 1000 bytes a second, or was not there after 3600 seconds"
        ),
        TooLargeError(f"at most {_MAX_BODY_BYTES} bytes are taken"),
        UnsupportedMediaError(f"send Content-Type: {_FORM}"),
        InvalidError([RuleError("missing", pointer="/password")]),
        TooManyRequestsError("too many wrong passwords; the wait grows with each", retry_after=8),
        UnavailableError("cassandra does not answer; sending the same again is safe", retry_after=1),
    ),
    openapi_extra=openapi.body(
        SignIn,
        {"username": "ann@example.com", "password": "four words of my own"},
        media_type=_FORM,
    ),
)
async def create_token(request: Request, services: Annotated[UserServices, Depends(services_of)]) -> Response:
    """The OAuth 2.0 password form. A wrong password and an unknown address look and take the same.

    After ten wrong ones in a quarter of an hour each further one has a wait, up to a minute: 429, with `Retry-After`.
    """
    require_known_parameters(request)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise UnsupportedMediaError(f"send Content-Type: {_FORM}")
    require_unencoded(request)
    form = parse_sign_in(await read_body(request, max_bytes=_MAX_BODY_BYTES, pace=services.pace))
    user = await services.users.sign_in(
        form.username, form.password, services.addresses.caller(request.scope)
    )
    asked = form.scope.split()
    scopes = frozenset(scope for scope in SCOPES[user.role] if not asked or scope in asked)
    if not scopes:
        raise InvalidError([RuleError("none of these scopes is this user's", pointer="/scope")])
    return token_answer(services, user, scopes)


def token_answer(services: UserServices, user: User, scopes: frozenset[Scope]) -> Response:
    """A new access token of a user who has just proved who they are."""
    signed = services.signer.sign(user.id, user.role, scopes)
    granted = " ".join(sorted(scopes)) if scopes != SCOPES[user.role] else None
    return unkept(200, Token(signed.token, "bearer", signed.expires_in, granted))


STRUCTS = (SignIn, Token)
