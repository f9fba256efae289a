"""Tokens of a provider's: the good one is believed for what it says, and each that differs in one thing is refused."""

import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import RSAAlgorithm

from query_api.oidc.judging import (
    Expected,
    Person,
    ProviderTokenRefusedError,
    fitting,
    header_of,
    judged,
    role_of,
)

ISSUER = "https://idp.example/realms/ward"
FUTURE = 4_000_000_000
EXPECTED = Expected(ISSUER, "ecg", frozenset({"gateway"}), "groups")
PRIVATE = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
WEAK = rsa.generate_private_key(public_exponent=65_537, key_size=1024)
PUBLIC_PEM = PRIVATE.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def jwk(private: Any = PRIVATE, **more: str) -> jwt.PyJWK:
    described = RSAAlgorithm.to_jwk(private.public_key(), as_dict=True)
    return jwt.PyJWK(described | {"kid": "one", "alg": "RS256", "use": "sig"} | more)


def claims(**changes: Any) -> dict[str, Any]:
    """Of a good token; None: without that claim."""
    now = int(time.time())
    usual = {"iss": ISSUER, "sub": "person-7", "aud": "ecg", "azp": "ecg", "iat": now, "exp": now + 300}
    return {name: value for name, value in (usual | changes).items() if value is not None}


def token(private: Any = PRIVATE, algorithm: str = "RS256", kid: str | None = "one", **changes: Any) -> str:
    headers = {} if kid is None else {"kid": kid}
    return jwt.encode(claims(**changes), private, algorithm=algorithm, headers=headers)


def judge(sent: str, key: jwt.PyJWK | None = None, nonce: str | None = None) -> Person:
    found = fitting([key or jwk()], header_of(sent))
    if found is None:
        raise ProviderTokenRefusedError("no key")
    return judged(sent, found, EXPECTED, nonce=nonce)


def test_a_good_one_says_who_it_is() -> None:
    sent = token(
        email="Ann@Example.com", email_verified=True, groups=["ward", "doctors"], nonce="n", aud=["ecg", "x"]
    )

    person = judge(sent, nonce="n")

    assert person == Person(
        ISSUER, "person-7", "Ann@Example.com", verified=True, groups=frozenset({"ward", "doctors"})
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": ISSUER + "/"},
        {"iss": "https://idp.example/realms/other"},
        {"iss": None},
        {"aud": "somebody-else"},
        {"aud": []},
        {"aud": None},
        {"aud": "ecg-2"},
        {"azp": "somebody-else"},
        {"azp": ["ecg"]},
        {"azp": None, "aud": ["ecg", "somebody-else"]},
        {"exp": 1_700_000_000},
        {"exp": None},
        {"exp": "soon"},
        {"iat": None},
        {"iat": 1_700_000_000},
        {"iat": FUTURE},
        {"iat": True, "exp": 9e99},
        {"nbf": FUTURE},
        {"sub": None},
        {"sub": ""},
        {"sub": "s" * 256},
        {"nonce": "another"},
        {"nonce": None},
        {"nonce": ["n"]},
        # A logout token: the same issuer and audience (OpenID Connect Back-Channel Logout 1.0, section 2.4).
        {"events": {"http://schemas.openid.net/event/backchannel-logout": {}}},
    ],
    ids=", ".join,
)
def test_one_that_differs_in_a_claim_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ProviderTokenRefusedError):
        judge(token(**({"nonce": "n"} | changes)), nonce="n")


def test_a_sub_that_is_no_text_is_refused() -> None:
    sent = jwt.api_jws.encode(b'{"sub": 7}', PRIVATE, algorithm="RS256", headers={"kid": "one"})
    with pytest.raises(ProviderTokenRefusedError):
        judge(sent)


@pytest.mark.parametrize(
    "sent",
    [
        jwt.encode(claims(), "", algorithm="none", headers={"kid": "one"}),
        jwt.encode(
            claims(), "a secret that is long enough for it", algorithm="HS256", headers={"kid": "one"}
        ),
        token(ec.generate_private_key(ec.SECP256R1()), "ES256"),
        token(Ed25519PrivateKey.generate(), "EdDSA"),
        token(algorithm="RS512"),
        token(rsa.generate_private_key(public_exponent=65_537, key_size=2048)),
        token(kid="two"),
        token()[:-8] + "AAAAAAAA",
        jwt.encode(claims(), PRIVATE, algorithm="RS256", headers={"kid": "one", "typ": "logout+jwt"}),
        jwt.encode(claims(), PRIVATE, algorithm="RS256", headers={"kid": "one", "crit": ["x"], "x": 1}),
        "e30.e30.",
        "not.a.token",
        "",
        "é",
    ],
    ids=[
        *("none", "HS256", "ES256", "EdDSA", "RS512", "another key", "another name", "changed"),
        *("logout", "crit", "nothing in it", "no base64", "nothing", "no ASCII"),
    ],
)
def test_one_that_is_signed_otherwise_is_refused(sent: str) -> None:
    with pytest.raises(ProviderTokenRefusedError):
        judge(sent)


def test_a_public_key_is_no_shared_secret() -> None:
    """HS256 by the public key, and by a key that the provider publishes as a secret."""
    shared = jwt.PyJWK({"kty": "oct", "k": "YSBzZWNyZXQgdGhhdCBpcyBsb25nIGVub3VnaCBmb3IgaXQ", "kid": "one"})
    forged = jwt.encode(claims(), "a secret that is long enough for it", headers={"kid": "one"})
    for key in (shared, jwk()):
        with pytest.raises(ProviderTokenRefusedError):
            judge(forged, key)
    with pytest.raises(jwt.InvalidKeyError):
        jwt.encode(claims(), PUBLIC_PEM, algorithm="HS256")


def test_a_key_that_is_too_short_or_for_encryption_signs_nothing() -> None:
    with pytest.warns(jwt.InsecureKeyLengthWarning):
        weak = token(WEAK)
    for sent, key in ((weak, jwk(WEAK)), (token(), jwk(use="enc"))):
        with pytest.raises(ProviderTokenRefusedError):
            judge(sent, key)


def test_a_token_that_names_no_key_is_of_the_only_one_that_it_can_be() -> None:
    assert judge(token(kid=None)).subject == "person-7"
    assert fitting([jwk(), jwk(kid="two")], header_of(token(kid=None))) is None


def test_what_was_given_to_an_application_that_is_named_is_taken() -> None:
    assert judge(token(azp="gateway", aud=["account", "ecg"])).subject == "person-7"


@pytest.mark.parametrize(
    ("said", "meant"),
    [(True, True), ("true", True), (False, False), ("false", False), (1, True), (None, None), ([], False)],
)
def test_whether_an_address_is_verified(said: object, meant: bool | None) -> None:
    assert judge(token(email="ann@example.com", email_verified=said)).verified is meant


@pytest.mark.parametrize(
    ("name", "said", "groups"),
    [
        ("groups", {"groups": "ward"}, {"ward"}),
        ("groups", {"groups": ["ward", 7, None]}, {"ward"}),
        ("groups", {"groups": {"ward": True}}, set()),
        ("realm_access.roles", {"realm_access": {"roles": ["ward"]}}, {"ward"}),
        ("realm_access.roles", {"realm_access": ["roles"]}, set()),
        ("https://ours.example/roles", {"https://ours.example/roles": ["ward"]}, {"ward"}),
        ("groups", {}, set()),
    ],
)
def test_groups_are_where_the_settings_say(name: str, said: dict[str, Any], groups: set[str]) -> None:
    sent = token(**said)
    expected = Expected(ISSUER, "ecg", frozenset(), name)

    assert judged(sent, jwk(), expected).groups == groups


@pytest.mark.parametrize(
    ("groups", "admins", "clients", "role"),
    [
        ((), (), (), "client"),
        ((), ("it",), (), "client"),
        (("it",), ("it",), (), "admin"),
        (("it", "ward"), ("it",), ("ward",), "admin"),
        (("ward",), ("it",), ("ward",), "client"),
        (("visitors",), ("it",), ("ward",), None),
        (("IT",), ("it",), ("ward",), None),
    ],
)
def test_groups_make_roles(
    groups: tuple[str, ...], admins: tuple[str, ...], clients: tuple[str, ...], role: str | None
) -> None:
    person = Person(ISSUER, "person-7", None, None, frozenset(groups))

    assert role_of(person, admins, clients) == role
