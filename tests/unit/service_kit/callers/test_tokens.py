"""A token is believed only if one of our keys signed it, for us, and it still holds."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any
from uuid import UUID

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from prometheus_client import REGISTRY

from schemas.claims import DEVICE_SCOPES, MAX_DEVICE_TOKEN_DAYS, MAX_TOKEN_SECONDS, SCOPES, Claims
from schemas.identity import (
    DeviceRevocation,
    DeviceRevoked,
    PublicJwk,
    PublicKey,
    Revocation,
    SessionEnd,
    SessionEnded,
    UserChanged,
    UserState,
)
from schemas.problems import UnauthenticatedError, UnavailableError
from service_kit.callers.tokens import TokenVerifier
from tests.unit.service_kit.apps import ask, failing_app

KEY = Ed25519PrivateKey.from_private_bytes(b"\1" * 32)
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(b"\2" * 32)
DEVICES_KEY = Ed25519PrivateKey.from_private_bytes(b"\3" * 32)
KID, DEVICES_KID = "key-1", "devices-1"
CLAIMS = Claims(UUID(int=17), "client", SCOPES["client"], "token-1", session_id=UUID(int=19))
DEVICE = Claims(UUID(int=17), "client", DEVICE_SCOPES, "token-2", device_id=UUID(int=18))
ISSUER, AUDIENCE = "issuer", "audience"


def public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def part(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def verifier() -> TokenVerifier:
    believing = TokenVerifier(issuer=ISSUER, audience=AUDIENCE)
    believing.believe(
        [
            PublicKey(PublicJwk(KID, part(public(KEY)))),
            PublicKey(PublicJwk(DEVICES_KID, part(public(DEVICES_KEY))), "devices"),
        ]
    )
    return believing


def payload(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    said = CLAIMS.to_jwt(issuer=ISSUER, audience=AUDIENCE, issued_at=now, expires_at=now + 60)
    return {name: value for name, value in (said | changes).items() if value is not None}


def token(key: Ed25519PrivateKey = KEY, /, *, kid: str | None = KID, **changes: Any) -> str:
    return jwt.encode(payload(**changes), key, "EdDSA", headers={"kid": kid} if kid else None)


def forged(header: dict[str, Any], signature: bytes = b"") -> str:
    """A token of our claims under a header and signature of somebody's choice."""
    return ".".join(part(json.dumps(said).encode()) for said in (header, payload())) + "." + part(signature)


def refused(text: str, by: TokenVerifier | None = None) -> str:
    with pytest.raises(UnauthenticatedError) as caught:
        (by or verifier()).verify(text)
    return caught.value.detail


def test_a_good_token_is_believed_again_and_again() -> None:
    believing, good = verifier(), token()
    assert believing.verify(good) == believing.verify(good) == CLAIMS


def test_a_token_of_another_key_is_refused_whatever_kid_it_claims() -> None:
    refused(token(OTHER_KEY))
    refused(token(OTHER_KEY, kid="key-2"))
    refused(token(kid="key-2"))
    refused(token(kid=None))


@pytest.mark.parametrize(
    "changes",
    [{"aud": "other"}, {"iss": "other"}, {"nbf": 2**40}, {"iat": 2**40}, {"role": "root"}, {"sub": "me"}],
)
def test_a_token_that_says_something_else_is_refused(changes: dict[str, Any]) -> None:
    refused(token(**changes))


@pytest.mark.parametrize("claim", ["sub", "exp", "iat", "iss", "aud", "jti", "role"])
def test_a_token_without_a_claim_is_refused(claim: str) -> None:
    missing: dict[str, Any] = {claim: None}
    refused(token(**missing))


def test_an_expired_token_is_refused_and_told_so() -> None:
    now = int(time.time())
    assert refused(token(iat=now - 600, exp=now - 61)) == "the token has expired"


@pytest.mark.parametrize("ahead", [-50, 50])
def test_a_clock_that_is_a_minute_off_makes_no_difference(ahead: int) -> None:
    given = int(time.time()) + ahead
    assert verifier().verify(token(iat=given, nbf=given, exp=given + 5)) == CLAIMS


def test_a_refusal_because_of_time_is_told_once_in_a_while_and_counted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def counted() -> float:
        return REGISTRY.get_sample_value("ecg_tokens_refused_total", {"reason": "not_yet_valid"}) or 0.0

    believing, before, given = verifier(), counted(), int(time.time()) + 100
    early = [token(iat=given, exp=given + 60, jti=str(number)) for number in range(5)]
    details = {refused(one, believing) for one in early}
    (line,) = caplog.records
    assert (line.levelname, line.__dict__["reason"]) == ("WARNING", "not_yet_valid")
    assert 95 < line.__dict__["seconds"] <= 100
    assert all("ahead" in detail for detail in details)
    assert counted() - before == len(early)
    assert not any(one in caplog.text or one in str(details) for one in early)


def test_no_token_lives_longer_than_any_is_given() -> None:
    given = int(time.time()) - 10
    assert verifier().verify(token(iat=given, exp=given + MAX_TOKEN_SECONDS["access"])) == CLAIMS
    for life in (MAX_TOKEN_SECONDS["access"] + 120, 31 * 365 * 24 * 3600):
        refused(token(iat=given, exp=given + life))
    refused(token(iat=0, exp=given + 60))


@pytest.mark.parametrize("claim", ["exp", "iat", "nbf"])
@pytest.mark.parametrize(
    "said",
    [True, "soon", float("inf"), float("nan"), [], 10**400, -(10**400)],
    ids=lambda said: str(said)[:8],
)
def test_what_is_no_instant_is_refused(claim: str, said: object) -> None:
    changes: dict[str, Any] = {claim: said}
    refused(token(**changes))


def test_a_remembered_token_expires_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    believing, good = verifier(), token()
    believing.verify(good)
    believing._keys = {}  # from here on only memory could believe it
    assert believing.verify(good) == CLAIMS
    later = time.time() + 121
    monkeypatch.setattr("service_kit.callers.tokens.time.time", lambda: later)
    refused(good, believing)


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service_kit.callers.tokens._REMEMBERED_TOKENS", 2)
    believing = verifier()
    for number in range(5):
        believing.verify(token(jti=str(number)))
    assert len(believing._believed) == 2


def test_a_withdrawn_key_is_believed_no_longer() -> None:
    believing, good = verifier(), token()
    believing.verify(good)
    believing.believe([])
    assert not believing.has_keys
    refused(good, believing)


def test_no_algorithm_but_ours_is_taken() -> None:
    refused(forged({"alg": "none", "kid": KID}))
    refused(forged({"alg": "None", "kid": KID}))
    unsigned = forged({"alg": "HS256", "kid": KID}).rpartition(".")[0]
    for secret in (
        public(KEY),
        KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    ):
        refused(f"{unsigned}.{part(hmac.digest(secret, unsigned.encode(), hashlib.sha256))}")


def device_token(key: Ed25519PrivateKey = DEVICES_KEY, kid: str = DEVICES_KID, *, days: int = 400) -> str:
    now = int(time.time())
    said = DEVICE.to_jwt(issuer=ISSUER, audience=AUDIENCE, issued_at=now, expires_at=now + days * 86_400)
    return jwt.encode(said, key, "EdDSA", headers={"kid": kid})


def test_a_device_holds_a_token_for_more_than_a_year_and_not_for_ever() -> None:
    assert verifier().verify(device_token()) == DEVICE
    refused(device_token(days=MAX_DEVICE_TOKEN_DAYS + 1))


def test_neither_key_signs_what_the_other_does() -> None:
    refused(device_token(KEY, KID, days=0))
    refused(token(DEVICES_KEY, kid=DEVICES_KID))
    refused(token(token_use="device", device_id=str(DEVICE.device_id)))
    refused(token(token_use=None))


@pytest.mark.parametrize(
    ("revocation", "access", "device"),
    [
        (DeviceRevoked(UUID(int=18), DeviceRevocation(2**40)), True, False),
        (DeviceRevoked(UUID(int=4), DeviceRevocation(2**40)), True, True),
        (SessionEnded(UUID(int=19), SessionEnd(2**40)), False, True),
        (SessionEnded(UUID(int=4), SessionEnd(2**40)), True, True),
        (UserChanged(UUID(int=17), UserState(active=False, tokens_from=0, changed_at=1)), False, False),
        (UserChanged(UUID(int=17), UserState(active=True, tokens_from=2**40, changed_at=1)), False, True),
        (UserChanged(UUID(int=17), UserState(active=True, tokens_from=1, changed_at=1)), True, True),
        (UserChanged(UUID(int=4), UserState(active=False, tokens_from=2**40, changed_at=1)), True, True),
    ],
)
def test_what_is_revoked_ends_tokens_that_were_believed(
    revocation: Revocation, access: bool, device: bool
) -> None:
    believing, tokens = verifier(), (token(), device_token())
    for one in tokens:
        believing.verify(one)
    believing.revocations.learn(revocation)
    for one, holds in zip(tokens, (access, device), strict=True):
        if holds:
            believing.verify(one)
        else:
            assert refused(one, believing) == "the token was revoked"


def test_nobody_is_believed_before_it_is_known_what_was_revoked() -> None:
    believing, good = verifier(), token()
    believing.revocations.complete = False
    with pytest.raises(UnavailableError) as caught:
        believing.verify(good)
    assert caught.value.retry_after == 1
    believing.revocations.complete = True
    assert believing.verify(good) == CLAIMS


def test_a_token_cut_or_changed_is_refused() -> None:
    good = token()
    head, body, signature = good.split(".")
    changed = part(json.dumps(payload(role="admin")).encode())
    for text in (
        good[:-1],
        f"{head}.{changed}.{signature}",
        f"{head}.{body}.",
        f"{head}.{body}",
        head,
        "",
        ".",
    ):
        refused(text)


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"[]",
        b"17",
        b"\xff",
        b"[" * 40_000,
        b'{"alg": "EdDSA", "kid": 1}',
        b'{"alg": "EdDSA", "kid": {}}',
    ],
)
def test_a_header_of_anything_is_refused(header: bytes) -> None:
    _, body, signature = token().split(".")
    refused(f"{part(header)}.{body}.{signature}")


@pytest.mark.parametrize("text", ["é.é.é", "a b", "\x00", "💓"])
def test_text_of_anything_is_refused(text: str) -> None:
    refused(text)


@pytest.mark.parametrize(
    ("header", "status"),
    [
        (None, 401),
        ("", 401),
        ("Bearer", 401),
        ("Bearer ", 401),
        ("Basic eDp5", 401),
        ("Token {}", 401),
        ("{}", 401),
        ("Bearer {}", 200),
        ("bearer {}", 200),
        ("Bearer  {} ", 200),
    ],
)
def test_the_token_is_taken_from_the_authorization_header(header: str | None, status: int) -> None:
    headers = {} if header is None else {"authorization": header.replace("{}", token())}
    answer = ask(failing_app(verifier()), "GET", "/mine", headers=headers)
    assert answer.status_code == status
    assert ("www-authenticate" in answer.headers) == (status == 401)


def test_two_tokens_are_no_request_even_if_they_are_the_same() -> None:
    header = ("authorization", f"Bearer {token()}")
    answer = ask(failing_app(verifier()), "GET", "/mine", headers=[header, header])
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:ecg:problem:malformed")
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_request"'


def test_a_good_token_of_the_wrong_role_is_forbidden() -> None:
    admin = token(role="admin", scope="ecgs:read users:read")
    answer = ask(failing_app(verifier()), "GET", "/mine", headers={"authorization": f"Bearer {admin}"})
    assert answer.status_code == 403


def test_a_user_who_asks_too_fast_is_told_when_to_come_back() -> None:
    app = failing_app(verifier(), per_second=0.1)
    headers = {"authorization": f"Bearer {token()}"}
    first, second = (ask(app, "GET", "/mine", headers=headers) for _ in range(2))
    assert (first.status_code, first.headers["ratelimit"]) == (200, '"user";r=0;t=10')
    assert (second.status_code, second.json()["type"]) == (429, "urn:ecg:problem:too-many-requests")
    assert int(second.headers["retry-after"]) in {9, 10}
    assert second.headers["ratelimit-policy"] == '"user";q=1;w=10'
    other = {"authorization": f"Bearer {token(sub=str(UUID(int=18)))}"}
    assert ask(app, "GET", "/mine", headers=other).status_code == 200
