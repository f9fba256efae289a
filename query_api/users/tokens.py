"""What a sign-in is answered with: an access token of a session, and what goes on with it."""

import msgspec
from fastapi import Response

from query_api.conditional import unkept
from query_api.keys.signing import Signed
from query_api.users.services import UserServices
from query_api.users.sessions import Going
from query_api.users.store import User
from schemas.claims import SCOPES, Scope
from schemas.problems import InvalidError, RuleError

_ISSUED_TYPE = "urn:ietf:params:oauth:token-type:access_token"


class Token(msgspec.Struct, frozen=True, omit_defaults=True):
    """An access token, and what is traded for the next one, once.

    `expires_in`: seconds, of the access token. `scope`: only where it has fewer than its role. For a token of the
    provider's there is an `issued_token_type` and no refresh token: it is what the next one is had for.
    """

    access_token: str
    token_type: str
    expires_in: int
    refresh_token: str | msgspec.UnsetType = msgspec.UNSET
    scope: str | None = None
    issued_token_type: str | msgspec.UnsetType = msgspec.UNSET


TOKEN = {
    "access_token": "eyJhbGciOiJFZERTQSIs…",
    "token_type": "bearer",
    "expires_in": 1800,
    "refresh_token": "b5mf_4uGTQG0LQDPT8lk_w…",
}


def scopes_of(user: User, asked: str) -> frozenset[Scope]:
    """The scopes of a user's role that are asked for; all where none is. Raises InvalidError where none is theirs."""
    wanted = asked.split()
    scopes = frozenset(scope for scope in SCOPES[user.role] if not wanted or scope in wanted)
    if not scopes:
        raise InvalidError([RuleError("none of these scopes is this user's", pointer="/scope")])
    return scopes


def sign(services: UserServices, going: Going) -> Signed:
    """A new access token of a session."""
    return services.signer.sign(going.user.id, going.user.role, going.scopes, session_id=going.id)


def token_answer(going: Going, signed: Signed) -> Response:
    """An access token of a session, and the refresh token that goes on with it."""
    return unkept(200, Token(signed.token, "bearer", signed.expires_in, going.refresh_token, _fewer(going)))


def exchange_answer(going: Going, signed: Signed) -> Response:
    """An access token of a session that does not go on (RFC 8693, section 2.2.1)."""
    return unkept(
        200,
        Token(signed.token, "bearer", signed.expires_in, scope=_fewer(going), issued_token_type=_ISSUED_TYPE),
    )


def _fewer(going: Going) -> str | None:
    return " ".join(sorted(going.scopes)) if going.scopes != SCOPES[going.user.role] else None
