"""Who sends a request: its bearer token, judged once, and the dependency by which a route asks for the sender."""

from typing import TypedDict, cast

from fastapi import Request
from fastapi.security import OAuth2PasswordBearer
from starlette import types
from starlette.datastructures import Headers

from schemas.claims import Claims, Scope
from schemas.problems import ForbiddenError, Problem, SeveralTokensError, UnauthenticatedError
from service_kit.callers.tokens import TokenVerifier


class TokenState(TypedDict):
    """What the lifespan gives to every request, so that its sender can be told."""

    tokens: TokenVerifier


def bearer_token(headers: Headers) -> str:
    """The access token of a request. Raises UnauthenticatedError where there is none, SeveralTokensError for more."""
    sent = headers.getlist("authorization")
    if len(sent) > 1:
        # A proxy may have judged the other one.
        raise SeveralTokensError("send one Authorization header")
    scheme, _, token = sent[0].partition(" ") if sent else ("", "", "")
    if scheme.lower() != "bearer" or not token:
        raise UnauthenticatedError("send an access token: Authorization: Bearer …")
    return token.strip()


def sender(scope: types.Scope) -> Claims:
    """The claims of whoever sends a request, by the verifier of its state. Raises as both steps do.

    Judged once a request, whoever asks: what is refused is counted and told once.
    """
    state = scope["state"]
    judged: Claims | Problem | None = state.get("sender")
    if judged is None:
        try:
            judged = cast("TokenState", state)["tokens"].verify(bearer_token(Headers(scope=scope)))
        except Problem as problem:
            judged = problem
        state["sender"] = judged
    if isinstance(judged, Problem):
        raise judged
    return judged


class RequireScope(OAuth2PasswordBearer):
    """A FastAPI dependency: the claims of a request whose token carries one of `scopes`; without any, of a user's own
    token, which is never a device's.

    Raises UnauthenticatedError, SeveralTokensError or ForbiddenError, and UnavailableError as `sender` does.
    """

    def __init__(self, *scopes: Scope, token_url: str) -> None:
        super().__init__(tokenUrl=token_url, scheme_name="token", auto_error=False)
        self._scopes = frozenset(scopes)
        self._named = " or ".join(scopes)

    async def __call__(self, request: Request) -> Claims:  # type: ignore[override]
        """The claims of the request's bearer token."""
        claims = sender(request.scope)
        if self._scopes and not self._scopes & claims.scopes:
            whose = "a device's token" if claims.use == "device" else f"a token of role {claims.role}"
            raise ForbiddenError(f"this needs the scope {self._named}, which {whose} lacks")
        if not self._scopes and claims.use == "device":
            raise ForbiddenError("this is not for devices, whose tokens send ECGs and ask for their status")
        return claims
