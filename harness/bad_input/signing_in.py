"""Bad sign-ins, and bad questions about users."""

import gzip
from typing import Any
from urllib.parse import urlencode

from harness.bad_input.case import MARKER, Case, Who, as_json
from query_api.users.forms import EXCHANGE

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def _form(**fields: str) -> bytes:
    return urlencode(fields).encode()


def _sign_in(name: str, status: int, problem: str, *contents: bytes, pointer: str | None = None) -> Case:
    return Case(name, status, problem, contents, pointer, path="/v1/token", headers=_FORM, who="nobody")


def _unsupported(name: str, path: str, headers: dict[str, str], *contents: bytes) -> Case:
    return Case(name, 415, "unsupported-media-type", contents, path=path, headers=headers, who="admin")


def _user(name: str, status: int, problem: str, *contents: bytes, pointer: str | None = None) -> Case:
    return Case(name, status, problem, contents, pointer, path="/v1/users", who="admin")


_NO_ADDRESSES: tuple[Any, ...] = (None, 1, [], "", MARKER, f"{MARKER}@", "a@b@c", "a@ex ample.com")
_JSON = {"Content-Type": "application/json"}
# A little that would be much.
_BOMB = gzip.compress(bytes(10_000_000))
# Whoever sends the cases registers this one before.
TAKEN = "taken@example.com"
_TYPES = "urn:ietf:params:oauth:token-type:"
_WRONG = _form(username=f"{MARKER}@example.com", password=MARKER)
_TOKEN = (
    _sign_in("a form without user name", 422, "invalid", b"", _form(password=MARKER), pointer="/username"),
    _sign_in(
        "a form without password",
        422,
        "invalid",
        _form(username=MARKER),
        _form(username="a", password=""),
        pointer="/password",
    ),
    _sign_in("another grant", 422, "invalid", _WRONG + b"&grant_type=implicit", pointer="/grant_type"),
    _sign_in("a field given twice", 422, "invalid", _WRONG + b"&username=a", pointer=""),
    _sign_in(
        "bytes that are not UTF-8, more than 16 fields",
        400,
        "malformed",
        b"username=%ff",
        b"\xff",
        b"a=1&" * 17,
    ),
    _sign_in("a lone surrogate in a form", 400, "malformed", b"username=%ed%a0%80&password=a"),
    _sign_in(
        "a byte-order mark in front of a form",
        422,
        "invalid",
        b"\xef\xbb\xbf" + _WRONG,
        pointer="/username",
    ),
    _unsupported(
        "a form that is compressed",
        "/v1/token",
        _FORM | {"Content-Encoding": "gzip"},
        gzip.compress(_WRONG),
        _BOMB,
    ),
    _unsupported(
        "an unknown content encoding of a form", "/v1/token", _FORM | {"Content-Encoding": MARKER}, _WRONG
    ),
    _sign_in(
        "a wrong user name or password",
        401,
        "unauthenticated",
        _WRONG,
        _form(username="a\0b", password="c\0d"),
        _form(username="é" * 300, password="é" * 500),
    ),
    _sign_in("a form of more than 16 KiB", 413, "too-large", _form(username="a", password="a" * 17_000)),
    Case(
        "JSON instead of a form",
        415,
        "unsupported-media-type",
        (as_json({"username": MARKER}),),
        path="/v1/token",
        who="nobody",
    ),
    Case(
        "a query parameter at sign-in",
        422,
        "invalid",
        (_WRONG,),
        path=f"/v1/token?password={MARKER}",
        headers=_FORM,
        who="nobody",
    ),
)
_USERS = (
    _user(
        "a new user that is not JSON", 400, "malformed", b"", MARKER.encode(), b'{"email":', b'{"email":NaN}'
    ),
    _user("not UTF-8, nested 2,000 deep", 400, "malformed", b'{"email":"\xff"}', b"[" * 2_000 + b"]" * 2_000),
    _user("a new user that is no object", 422, "invalid", b"[]", b"null", as_json(MARKER), pointer=""),
    _user(
        "a member that is not known",
        422,
        "invalid",
        as_json({"email": "a@example.com", MARKER: 1}),
        pointer="",
    ),
    _user(
        "a member given twice",
        422,
        "invalid",
        b'{"email":"a@example.com","email":"b@example.com"}',
        pointer="",
    ),
    _user(
        "no `email`, or one that is no address",
        422,
        "invalid",
        b"{}",
        *(as_json({"email": x}) for x in _NO_ADDRESSES),
        pointer="/email",
    ),
    _user("a byte-order mark in front", 400, "malformed", b'\xef\xbb\xbf{"email":"a@example.com"}'),
    _user(
        "a lone surrogate", 400, "malformed", b'{"email":"\\ud800@example.com"}', b'{"email":"\xed\xa0\x80"}'
    ),
    _unsupported(
        "a charset that is not UTF-8",
        "/v1/users",
        {"Content-Type": "application/json; charset=utf-16"},
        '{"email":"a@example.com"}'.encode("utf-16"),
    ),
    _unsupported(
        "a body that is compressed",
        "/v1/users",
        _JSON | {"Content-Encoding": "gzip"},
        gzip.compress(b'{"email":"a@example.com"}'),
        _BOMB,
    ),
    _unsupported(
        "an unknown content encoding",
        "/v1/users",
        _JSON | {"Content-Encoding": MARKER},
        b'{"email":"a@example.com"}',
    ),
    _user(
        "a role that is none",
        422,
        "invalid",
        as_json({"email": "a@example.com", "role": MARKER}),
        pointer="/role",
    ),
    Case("a token that has expired", 401, "unauthenticated", (b"{}",), path="/v1/users", who="expired"),
    _user("an address that has a user", 409, "conflict", as_json({"email": TAKEN})),
    _user("a body of more than 32 KiB", 413, "too-large", b" " * 33_000),
    Case(
        "another content type",
        415,
        "unsupported-media-type",
        (b"email=a",),
        path="/v1/users",
        headers=_FORM,
        who="admin",
    ),
    Case("no token", 401, "unauthenticated", (b"{}",), path="/v1/users", who="nobody"),
    Case("a client's token", 403, "forbidden", (b"{}",), path="/v1/users"),
    Case("a client who lists users", 403, "forbidden", method="GET", path="/v1/users", headers={}),
    Case(
        "a user's id that is none",
        404,
        "not-found",
        method="GET",
        headers={},
        who="admin",
        path=f"/v1/users/{MARKER}",
    ),
    Case(
        "a user who does not exist",
        404,
        "not-found",
        method="GET",
        headers={},
        who="admin",
        path="/v1/users/6f9619ff-8b86-4d01-b42d-00cf4fc964ff",
    ),
    Case(
        "a `limit` over 200",
        422,
        "invalid",
        parameter="limit",
        method="GET",
        headers={},
        who="admin",
        path="/v1/users?limit=201",
    ),
    Case(
        "a `cursor` of a list of ECGs",
        422,
        "invalid",
        parameter="cursor",
        method="GET",
        headers={},
        who="admin",
        path="/v1/users?cursor={mine}",
    ),
    Case(
        "a query parameter where none is taken",
        422,
        "invalid",
        method="GET",
        headers={},
        path=f"/v1/users/me?{MARKER}=1",
    ),
)
_REDEEM, _OWN_PASSWORD = "/v1/invitations/redeem", "/v1/users/me/password"
_UNKNOWN = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff"


def _json(name: str, status: int, problem: str, path: str, body: Any, who: Who, **more: Any) -> Case:
    return Case(name, status, problem, (as_json(body),), path=path, who=who, **more)


_PASSWORDS = (
    _sign_in(
        "a refresh token that never was",
        401,
        "unauthenticated",
        _form(grant_type="refresh_token", refresh_token=MARKER),
        _form(grant_type="refresh_token", refresh_token="A" * 80),
    ),
    _sign_in(
        "a refresh form without a token",
        422,
        "invalid",
        _form(grant_type="refresh_token"),
        pointer="/refresh_token",
    ),
    _sign_in(
        "a code without what its challenge was made from",
        422,
        "invalid",
        _form(grant_type="authorization_code", code=MARKER, redirect_uri="https://app.example"),
        _form(grant_type="authorization_code", code="a", redirect_uri="b", code_verifier="too-short"),
        pointer="/code_verifier",
    ),
    _sign_in(
        "a token of a provider's, or its code, where there is no provider",
        422,
        "invalid",
        _form(grant_type=EXCHANGE, subject_token=MARKER, subject_token_type=f"{_TYPES}jwt"),
        _form(grant_type="authorization_code", code=MARKER, redirect_uri="b", code_verifier="v" * 43),
        pointer="/grant_type",
    ),
    _sign_in(
        "a token of a provider's of a type that is not taken",
        422,
        "invalid",
        _form(grant_type=EXCHANGE, subject_token=MARKER, subject_token_type=f"{_TYPES}saml2"),
        pointer="/subject_token_type",
    ),
    Case(
        "a sign-out without a token",
        422,
        "invalid",
        (b"",),
        "/token",
        path="/v1/revoke",
        headers=_FORM,
        who="nobody",
    ),
    _json(
        "an invitation that never was",
        404,
        "not-found",
        _REDEEM,
        {"invitation": MARKER, "password": "four words of my own"},
        "nobody",
    ),
    _json(
        "a new password of less than 12 characters",
        422,
        "invalid",
        _REDEEM,
        {"invitation": MARKER, "password": "a" * 11},
        "nobody",
        pointer="/password",
    ),
    _json("no invitation", 422, "invalid", _REDEEM, {"password": "a" * 12}, "nobody", pointer="/invitation"),
    _json(
        "a password change without the one of before",
        422,
        "invalid",
        _OWN_PASSWORD,
        {"password": "a" * 12},
        "client",
        pointer="/current_password",
        method="PUT",
    ),
    _json(
        "a password change with a wrong one",
        401,
        "unauthenticated",
        _OWN_PASSWORD,
        {"current_password": MARKER, "password": "a" * 12},
        "client",
        method="PUT",
    ),
    _json(
        "whether a user is active, as text",
        422,
        "invalid",
        f"/v1/users/{_UNKNOWN}",
        {"active": MARKER},
        "admin",
        pointer="/active",
        method="PATCH",
    ),
    _json(
        "a change of a user who does not exist",
        404,
        "not-found",
        f"/v1/users/{_UNKNOWN}",
        {"active": False},
        "admin",
        method="PATCH",
    ),
    Case(
        "an invitation for a user who does not exist",
        404,
        "not-found",
        path=f"/v1/users/{_UNKNOWN}/invitations",
        who="admin",
    ),
)
SIGNING_IN = _TOKEN + _USERS + _PASSWORDS
