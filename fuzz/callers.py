"""What callers send beside uploads and tokens: forms and bodies, what they were told to bring back, and headers."""

from collections.abc import Callable
from ipaddress import ip_network
from uuid import UUID

from fuzz.target import Target
from query_api.devices.bodies import parse_code, parse_new_device
from query_api.users import invitations
from query_api.users.bodies import (
    parse_new_user,
    parse_password_change,
    parse_redemption,
    parse_user_change,
)
from query_api.users.forms import parse_sign_out, parse_token_request
from query_api.users.refresh_tokens import Generation, RefreshTokens
from schemas.problems import InvalidError, MalformedError
from service_kit.callers.addresses import Addresses
from service_kit.http.middleware import request_id_of
from service_kit.tracing import continued

_NO_BODY = (MalformedError, InvalidError)
_USER = UUID(int=17)
_TOKENS = RefreshTokens(b"\3" * 32)
_PROXIED = Addresses([ip_network("10.0.0.0/8")])
_TRACEPARENT = f"00-{'1' * 32}-{'2' * 16}-01".encode()


def _body(read: Callable[[bytes], object], *seeds: bytes) -> Target:
    return Target(read, _NO_BODY, seeds)


def _text(read: Callable[[str], object], *seeds: bytes) -> Target:
    """Of what is text when it is read, as headers and members of bodies are."""
    return Target(lambda data: read(data.decode("latin-1")), (ValueError,), seeds)


def _asked_by(data: bytes) -> object:
    scope = {"type": "http", "client": ("10.1.2.3", 1), "headers": [(b"x-forwarded-for", data)]}
    return _PROXIED.caller(scope)


TARGETS: dict[str, Target] = {
    "sign-in form": _body(
        parse_token_request,
        b"username=a%40b&password=c&grant_type=password",
        b"grant_type=refresh_token&refresh_token=a",
        b"grant_type=authorization_code&code=a&redirect_uri=b&code_verifier=" + b"c" * 43,
        b"grant_type=urn:ietf:params:oauth:grant-type:token-exchange&subject_token=a"
        b"&subject_token_type=urn:ietf:params:oauth:token-type:jwt",
    ),
    "sign-out form": _body(parse_sign_out, b"token=a"),
    "new user": _body(parse_new_user, b'{"email":"ann@example.com","role":"admin"}'),
    "change of a user": _body(parse_user_change, b'{"role":"client","active":false}'),
    "redemption": _body(parse_redemption, b'{"invitation":"a","password":"four words of my own"}'),
    "password change": _body(
        parse_password_change, b'{"current_password":"a","password":"four words of my own"}'
    ),
    "new device": _body(parse_new_device, b'{"name":"Holter 3"}'),
    "pairing code": _body(parse_code, b'{"code":"k7qm-2xwt"}'),
    "invitation": _text(invitations.user_of, invitations.make(_USER).encode()),
    "refresh token": _text(_TOKENS.decode, _TOKENS.encode(Generation(_USER, _USER, 3)).encode()),
    "X-Forwarded-For": Target(_asked_by, (), (b"203.0.113.9, 2001:db8::1, 10.9.9.9",)),
    "X-Request-ID": Target(lambda data: request_id_of(data.decode("latin-1")), (), (b"device-7.upload_3",)),
    "traceparent": Target(lambda data: continued(data.decode("latin-1")), (), (_TRACEPARENT,)),
}
