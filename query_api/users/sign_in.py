"""``POST /v1/token``: a token for a password, a refresh token or a provider's word; ``POST /v1/revoke`` signs out."""

from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from query_api.authentication import SIGN_IN_PATH
from query_api.users.accounts import SignInLimitedError, SignInRefusedError
from query_api.users.forms import (
    CodeGrant,
    Exchange,
    Grant,
    Refresh,
    SignIn,
    SignOut,
    parse_sign_out,
    parse_token_request,
)
from query_api.users.provider_grants import grant_by_provider
from query_api.users.services import UserServices, services_of
from query_api.users.sessions import SessionEndedError
from query_api.users.tokens import TOKEN, Token, scopes_of, sign, token_answer
from schemas.problems import (
    BodyTimeoutError,
    ForbiddenError,
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
# The longest address and the longest password, each character of four bytes and each byte three (%F0).
MAX_FORM_BYTES = 16_384

router = APIRouter(tags=["sign-in"])

Injected = Annotated[UserServices, Depends(services_of)]


_SIGNED_OUT: openapi.Responses = {204: {"description": "No token of this session is good any more."}}
_FORM_PROBLEMS = (
    MalformedError("the body is not a form, URL-encoded UTF-8"),
    BodyTimeoutError("the body came at less than 1000 bytes a second, or was not there after 3600 seconds"),
    TooLargeError(f"at most {MAX_FORM_BYTES} bytes are taken"),
    UnsupportedMediaError(f"send Content-Type: {_FORM}"),
    InvalidError([RuleError("missing", pointer="/password")]),
    UnavailableError("cassandra does not answer; sending the same again is safe", retry_after=1),
)


@router.post(
    SIGN_IN_PATH,
    operation_id="createToken",
    summary="Sign in, or go on: a password, a refresh token, or a provider's word, for an access token",
    response_class=Response,
    responses=openapi.answer(200, Token, "A token, for `Authorization: Bearer …` at both APIs.", TOKEN)
    | openapi.problems(
        *_FORM_PROBLEMS,
        UnauthenticatedError("no active user has this address and password"),
        ForbiddenError("none of this person's groups may sign in here"),
        TooManyRequestsError("too many wrong passwords; the wait grows with each", retry_after=8),
    ),
    openapi_extra=openapi.body(
        Grant,
        {"grant_type": "password", "username": "ann@example.com", "password": "four words of my own"},
        media_type=_FORM,
    ),
)
async def create_token(request: Request, services: Injected) -> Response:
    """The OAuth 2.0 password, refresh, code and exchange forms; without a `grant_type`, the first.

    A wrong password and an unknown address look and take the same. After ten wrong ones in a quarter of an hour each
    further one has a wait, up to a minute: 429, with `Retry-After`. A refresh token is good once: the answer has the
    next. One that was used before ends its session.

    Where there is a provider of sign-ins (OpenID Connect), a browser's code of `/v1/oidc/authorize` or a token of the
    provider's is taken as well: 403 for who may not come in here, 503 with `Retry-After` while it does not answer.
    """
    sent = parse_token_request(await _form_body(request, services))
    if isinstance(sent, Refresh):
        return await _refresh(request, services, sent.refresh_token)
    if isinstance(sent, CodeGrant | Exchange):
        return await grant_by_provider(request, services, sent)
    address = services.addresses.caller(request.scope)
    try:
        user = await services.users.sign_in(sent.username, sent.password, address)
    except SignInRefusedError as refused:
        services.audit.record("user.sign_in", request=request, outcome="failure", owner=refused.user_id)
        raise
    except SignInLimitedError as limited:
        services.record_refusals("user.sign_in", request, "limited", limited.user_id)
        raise
    going = await services.sessions.begin(user, scopes_of(user, sent.scope))
    signed = sign(services, going)
    services.record("user.sign_in", request, signed.claims, user.id)
    return token_answer(going, signed)


@router.post(
    "/v1/revoke",
    operation_id="revokeToken",
    summary="Sign out: end the session of a token",
    response_class=Response,
    status_code=204,
    responses=_SIGNED_OUT | openapi.problems(*_FORM_PROBLEMS),
    openapi_extra=openapi.body(SignOut, {"token": TOKEN["refresh_token"]}, media_type=_FORM),
)
async def revoke_token(request: Request, services: Injected) -> Response:
    """OAuth 2.0 token revocation (RFC 7009), of access and refresh tokens alike: both end, at both APIs within seconds.

    What is no token, or one that has ended, is ended already: 204 too.
    """
    sent = parse_sign_out(await _form_body(request, services))
    whose = await services.sessions.end_by(sent.token)
    if whose is None:
        with suppress(UnauthenticatedError):
            claims = services.verifier.verify(sent.token)
            if claims.session_id is not None:
                await services.sessions.end(claims.user_id, claims.session_id)
                whose = claims.user_id
    if whose is not None:
        services.record("user.sign_out", request, None, whose)
    return Response(status_code=204, headers={"cache-control": "no-store"})


async def _refresh(request: Request, services: UserServices, refresh_token: str) -> Response:
    try:
        going = await services.sessions.refresh(refresh_token)
        signed = sign(services, going)
        await services.sessions.confirm(going)
    except SessionEndedError as ended:
        if ended.user_id is not None:
            services.record_refusals("user.refresh", request, "failure", ended.user_id)
        raise
    services.record("user.refresh", request, signed.claims, going.user.id)
    return token_answer(going, signed)


async def _form_body(request: Request, services: UserServices) -> bytes:
    require_known_parameters(request)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise UnsupportedMediaError(f"send Content-Type: {_FORM}")
    require_unencoded(request)
    return await read_body(request, max_bytes=MAX_FORM_BYTES, pace=services.pace)


STRUCTS = (SignIn, Refresh, CodeGrant, Exchange, SignOut, Token)
