"""The way of a browser through a sign-in by the provider: there, and back. `query_api.oidc.flow` tells of the steps."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Query, Request, Response

from query_api.oidc.calls import ProviderAwayError
from query_api.oidc.flow import NotBegunError
from query_api.oidc.sealing import BEGUN_SECONDS
from query_api.users.by_provider import CALLBACK_PATH, SignInsByProvider
from query_api.users.services import UserServices, services_of
from schemas.problems import InvalidError, NotFoundError, RuleError, UnavailableError
from service_kit.http import openapi
from service_kit.http.query_parameters import require_known_parameters

_COOKIE = "ecg_oidc_"
# Of a state, in the name of its cookie: one for each tab, so that none ends the sign-in of another.
_NAME_CHARACTERS = 8
# Tabs that were given up; more would make the headers too long for who reads them.
_MAX_COOKIES = 8
_MAX_TEXT = 512
_MAX_CODE = 4_096
_CHALLENGE = "^[A-Za-z0-9_-]{43}$"

Injected = Annotated[UserServices, Depends(services_of)]
NotBlank = Annotated[str, Query(min_length=1, max_length=_MAX_TEXT)]
Perhaps = Annotated[str | None, Query(max_length=_MAX_TEXT)]

router = APIRouter(tags=["sign-in"])


class _NoProviderError(NotFoundError):
    def __init__(self) -> None:
        super().__init__("there is no provider of sign-ins here")


class _UnknownRedirectError(InvalidError):
    def __init__(self) -> None:
        super().__init__([RuleError("is not one of ECG_OIDC_REDIRECTS", parameter="redirect_uri")])


def _redirect(description: str) -> openapi.Responses:
    there = {"Location": {"description": "Where the browser goes on.", "schema": {"type": "string"}}}
    return {303: {"description": description, "headers": there}}


@router.get(
    "/v1/oidc/authorize",
    operation_id="beginSignIn",
    summary="Send a browser to the provider, to sign in there",
    response_class=Response,
    status_code=303,
    responses=_redirect("To the provider's own page.")
    | openapi.problems(
        _NoProviderError(),
        _UnknownRedirectError(),
        ProviderAwayError(),
    ),
)
async def begin_sign_in(
    request: Request,
    services: Injected,
    redirect_uri: NotBlank,
    code_challenge: Annotated[str, Query(pattern=_CHALLENGE)],
    code_challenge_method: Literal["S256"] = "S256",  # noqa: ARG001 - the one that is taken
    response_type: Literal["code"] = "code",  # noqa: ARG001 - likewise
    client_id: Perhaps = None,  # noqa: ARG001 - applications are known by their addresses
    scope: Annotated[str, Query(max_length=_MAX_TEXT)] = "",
    state: Perhaps = None,
) -> Response:
    """The OAuth 2.0 code grant with PKCE, for applications whose addresses are in `ECG_OIDC_REDIRECTS`.

    The browser comes back to `redirect_uri` with a `code`, for a minute, and the `state` that was sent; or with an
    `error`. `POST /v1/token` trades the code.
    """
    require_known_parameters(request)
    provider = _provider(services)
    if redirect_uri not in provider.redirects:
        raise _UnknownRedirectError
    address, own_state, kept = await provider.flow.begin(redirect_uri, code_challenge, scope, state)
    answer = _to(address)
    held = [name for name in request.cookies if name.startswith(_COOKIE)]
    for name in held if len(held) >= _MAX_COOKIES else ():
        _set(answer, provider, name, "", 0)
    _set(answer, provider, _name(own_state), kept, BEGUN_SECONDS)
    return answer


@router.get(
    CALLBACK_PATH,
    operation_id="endSignIn",
    summary="Where the provider sends a browser back to",
    response_class=Response,
    status_code=303,
    responses=_redirect("To the application that began it.")
    | openapi.problems(
        _NoProviderError(),
        NotBegunError(),
        InvalidError([RuleError("missing", parameter="state")]),
        UnavailableError("too many requests are under way", retry_after=1),
    ),
)
async def end_sign_in(
    request: Request,
    services: Injected,
    state: NotBlank,
    code: Annotated[str | None, Query(min_length=1, max_length=_MAX_CODE)] = None,
    iss: Perhaps = None,
) -> Response:
    """For the provider alone. It goes on in the browser that began it, once: 401 in any other."""
    provider = _provider(services)
    name = _name(state)
    answer = _to(provider.flow.go_on(state, request.cookies.get(name, ""), code=code, issuer=iss))
    _set(answer, provider, name, "", 0)
    return answer


def _provider(services: UserServices) -> SignInsByProvider:
    if services.by_provider is None:
        raise _NoProviderError
    return services.by_provider


def _name(state: str) -> str:
    return _COOKIE + state[:_NAME_CHARACTERS]


def _to(address: str) -> Response:
    # What is in these addresses is for who is there, and for nobody behind a link or an image on it.
    told = {"location": address, "cache-control": "no-store", "referrer-policy": "no-referrer"}
    return Response(status_code=303, headers=told)


def _set(answer: Response, provider: SignInsByProvider, name: str, value: str, seconds: int) -> None:
    """Have a browser keep this for as long, for the callback alone, and show it to no script."""
    url = urlsplit(provider.callback)
    answer.set_cookie(
        name,
        value,
        max_age=seconds,
        path=url.path.rpartition("/")[0],
        secure=url.scheme == "https",
        httponly=True,
        # It has to come along when the provider sends the browser back.
        samesite="lax",
    )


STRUCTS = ()
