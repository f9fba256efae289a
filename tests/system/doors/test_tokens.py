"""Every known trick with a token, at both running services: 401 and `WWW-Authenticate`, or 400 where two are sent."""

import hashlib
import hmac
import json
import socket
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from harness.running import System, User
from harness.signing import LIFE_SECONDS, claims, encoded, keys_of, signed
from query_api.keys.signing import public_jwk
from schemas.claims import MAX_TOKEN_SECONDS
from schemas.problems import CONTENT_TYPE

ELSEWHERE = "http://127.0.0.1:9/keys.json"
# Half of what a head may be, and more than any server reads.
LONG_BYTES, ENDLESS_BYTES = 16_384, 1_048_576
ALGORITHMS = ("none", "None", "NONE", "nOnE", "")
NO_INSTANTS: tuple[Any, ...] = ("soon", True, [], {}, "1e300")


@pytest.fixture(scope="module")
def user(system: System) -> User:
    return system.new_user()


def forged(header: Any, said: Any, signature: bytes = b"") -> str:
    return f"{encoded(header)}.{encoded(said)}.{encoded(signature)}"


def ask(system: System, headers: Any, query: str = "") -> Iterator[httpx.Response]:
    """What both services answer to a request with these headers."""
    yield system.http.get(f"{system.ingest_url}/v1/limits{query}", headers=headers)
    yield system.http.post(f"{system.ingest_url}/v1/ecgs{query}", headers=headers, json={})
    yield system.http.get(f"{system.query_url}/v1/users/me{query}", headers=headers)
    yield system.http.get(f"{system.query_url}/v1/ecgs{query}", headers=headers)


def refused(system: System, **tokens: str) -> None:
    """Each of these tokens is refused everywhere in the same way, and nothing of it is repeated."""
    for what, token in tokens.items():
        for answer in ask(system, {b"Authorization": b"Bearer " + token.encode()}):
            assert (answer.status_code, what) == (401, what)
            assert answer.headers["www-authenticate"] == "Bearer"
            assert answer.headers["content-type"] == CONTENT_TYPE
            assert not token or token not in answer.text


def test_a_good_token_is_taken(system: System, user: User) -> None:
    """By the way in which all the others are made."""
    token = signed(system, claims(user.id))
    found = [answer.status_code for answer in ask(system, {"Authorization": f"Bearer {token}"})]
    assert found == [200, 422, 200, 200]


def test_no_algorithm_but_ours(system: System, user: User) -> None:
    keys, said = keys_of(system), claims(user.id)
    kid = keys.public[0].kid
    unsigned = {f"alg {alg!r}": forged({"alg": alg, "kid": kid}, said) for alg in ALGORITHMS}
    public = keys.private.public_key()
    secrets = {
        "raw": public.public_bytes(Encoding.Raw, PublicFormat.Raw),
        "PEM": public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        "DER": public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        "x": keys.public[0].jwk.x.encode(),
        "empty": b"",
    }
    hashed = {}
    for name, secret in secrets.items():
        for alg in ("HS256", "EdDSA"):
            content = f"{encoded({'alg': alg, 'kid': kid})}.{encoded(said)}"
            digest = hmac.digest(secret, content.encode(), hashlib.sha256)
            hashed[f"{alg} with {name}"] = f"{content}.{encoded(digest)}"
    others = {
        "RS256": jwt.encode(said, rsa.generate_private_key(65_537, 2_048), "RS256", {"kid": kid}),
        "ES256": jwt.encode(said, ec.generate_private_key(ec.SECP256R1()), "ES256", {"kid": kid}),
        "zeros": forged({"alg": "EdDSA", "kid": kid}, said, bytes(64)),
        "zeros of ES256": forged({"alg": "ES256", "kid": kid}, said, bytes(64)),
        "identity": forged({"alg": "EdDSA", "kid": kid}, said, b"\1" + bytes(63)),
    }
    refused(system, **unsigned, **hashed, **others)


def test_no_key_but_ours_whatever_the_header_says_of_keys(system: System, user: User) -> None:
    own, said = ed25519.Ed25519PrivateKey.generate(), claims(user.id)
    jwk, kid = public_jwk(own), keys_of(system).public[0].kid
    kids: tuple[Any, ...] = (
        jwk.kid,
        "",
        "../sign-in.pem",
        "sign-in",
        "/dev/null",
        "file:///dev/null",
        f"{kid}\0",
        f" {kid}",
        "' OR 1=1 --",
        "a" * 8_000,
    )
    own_public = {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "x": jwk.x, "kid": jwk.kid}
    leading: tuple[dict[str, Any], ...] = (
        {"jku": ELSEWHERE},
        {"x5u": ELSEWHERE},
        {"jwk": own_public},
        {"x5c": [encoded(own.public_key().public_bytes_raw())]},
        {"jku": ELSEWHERE, "jwk": own_public, "x5u": ELSEWHERE},
    )
    tokens = {f"kid {kid!r}": jwt.encode(said, own, "EdDSA", {"kid": kid}) for kid in kids}
    for number, lead in enumerate(leading):
        for named in (kid, jwk.kid):
            tokens[f"{number} {named}"] = jwt.encode(said, own, "EdDSA", {"kid": named, **lead})
    for kind in (None, 1, [kid], {"kid": kid}, True):
        tokens[f"kid {kind!r} of ours"] = signed(system, said, {"kid": kind})
    refused(system, **tokens, **{"no kid": jwt.encode(said, keys_of(system).private, "EdDSA")})


def test_no_header_that_changes_what_is_signed(system: System, user: User) -> None:
    """By our own key, so that nothing else is wrong with them."""
    said = claims(user.id)
    refused(
        system,
        b64=signed(system, said, {"b64": False, "crit": ["b64"]}),
        unknown=signed(system, said, {"crit": ["not-known"], "not-known": 1}),
        named=signed(system, said, {"crit": ["exp"]}),
        nothing=signed(system, said, {"crit": []}),
        text=signed(system, said, {"crit": "exp"}),
    )


def test_every_claim_is_asked_for_and_has_to_be_right(system: System, user: User) -> None:
    now = int(time.time())
    others: dict[str, tuple[Any, ...]] = {
        "iss": ("", "ecg", "ECG-INSIGHTS", ["ecg-insights"]),
        "aud": ("", "ecg", [], ["other"], "ecg-insights "),
        "sub": ("", "me", "../x", 1, ["a"]),
    }
    wrong: dict[str, dict[str, Any]] = {
        **{f"no {name}": {name: None} for name in ("iss", "aud", "exp", "iat", "sub", "jti", "role")},
        **{f"{name} {said!r}": {name: said} for name in ("exp", "iat", "nbf") for said in NO_INSTANTS},
        **{f"{name} {said!r}": {name: said} for name, all_said in others.items() for said in all_said},
        "role": {"role": "root"},
        "roles": {"role": ["admin"]},
        "expired": {"iat": now - LIFE_SECONDS, "exp": now - 120},
        "expires first": {"exp": now - 3_600},
        "not yet": {"nbf": now + 3_600},
        "iat of the future": {"iat": now + 3_600, "exp": now + 7_200},
        "iat of the far future": {"iat": 2**40, "exp": 2**40 + 60},
        "for ever": {"exp": 2**40},
        "too long": {"exp": now + MAX_TOKEN_SECONDS["access"] + 120},
        "too long, of the past": {"iat": now - MAX_TOKEN_SECONDS["access"] - 120, "exp": now + 60},
        "exp beyond numbers": {"exp": 10**400},
        "iat below numbers": {"iat": -(10**400)},
    }
    refused(system, **{what: signed(system, claims(user.id, **changes)) for what, changes in wrong.items()})


def test_no_other_shape(system: System, user: User) -> None:
    said = claims(user.id)
    good = signed(system, said)
    head, body, signature = good.split(".")
    admin = encoded(said | {"role": "admin", "scope": "users:read users:write"})
    shapes = {
        "dot": ".",
        "dots": "..",
        "four dots": "....",
        "no header": f".{body}.{signature}",
        "no claims": f"{head}..{signature}",
        "no signature": f"{head}.{body}.",
        "two parts": f"{head}.{body}",
        "four parts": f"{good}.{signature}",
        "encrypted": f"{head}.{body}.{signature}.{body}.{signature}",
        "JSON": json.dumps({"payload": body, "protected": head, "signature": signature}),
        "other claims": f"{head}.{admin}.{signature}",
        "cut": good[:-2],
        "twice": f"{good}{good}",
        "two": f"{good}, {good}",
        "two tokens": f"{good} {good}",
        "quoted": f'"{good}"',
        "percent": good.replace(".", "%2E"),
        "not ASCII": f"{head}.{body}.é{signature}",
        "nothing of ASCII": "💓.💓.💓",
        "claims of a list": forged({"alg": "EdDSA"}, []),
        "no JSON": forged(b"{", b"{"),
        "deep": forged(b"[" * 9_000, b"[" * 9_000),
        "long": encoded(bytes(LONG_BYTES)),
    }
    refused(system, **shapes)


@pytest.mark.parametrize("scheme", ["Basic", "Token", "JWT", "DPoP", "Digest", "BearerBearer", ""])
def test_no_other_scheme(system: System, user: User, scheme: str) -> None:
    for answer in ask(system, {"Authorization": f"{scheme} {user.token}".strip()}):
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


def test_no_other_place(system: System, user: User) -> None:
    """Where it would be logged by whoever is on the way, or sent by a page that its user did not open."""
    places: tuple[dict[str, str], ...] = (
        {},
        {"Cookie": f"access_token={user.token}; Authorization=Bearer {user.token}"},
        {"Proxy-Authorization": f"Bearer {user.token}"},
        {"X-Access-Token": user.token},
        {"X-Authorization": f"Bearer {user.token}"},
        {"X-Original-Authorization": f"Bearer {user.token}"},
    )
    for headers in places:
        for answer in ask(system, headers, f"?access_token={user.token}"):
            assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
            assert user.token not in answer.text


def test_two_tokens_are_none(system: System, user: User) -> None:
    good, other = f"Bearer {user.token}", f"Bearer {uuid4().hex}"
    for pair in ((good, good), (good, other), (other, good), (good, ""), ("Basic eDp5", good)):
        headers = [("Authorization", pair[0]), ("authorization", pair[1])]
        for answer in ask(system, headers):
            assert answer.status_code == 400
            assert answer.headers["www-authenticate"] == 'Bearer error="invalid_request"'


def test_a_token_without_an_end_is_not_read(system: System) -> None:
    """The head is too long to be one: refused before there is a token, and soon."""
    for url in (system.ingest_url, system.query_url):
        where = urlsplit(url)
        sent = b"GET /v1/limits HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + b"a" * ENDLESS_BYTES
        with socket.create_connection((where.hostname, where.port), timeout=30) as connection:
            connection.sendall(sent)
            assert connection.recv(4_096).startswith(b"HTTP/1.1 400 ")
