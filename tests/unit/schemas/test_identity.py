"""A public key comes back as it was announced, its withdrawal as one; other records are passed over."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.cloudevents import UndecodableEventError
from schemas.identity import (
    KeyChange,
    PublicJwk,
    decode_identity,
    encode_public_key,
    encode_withdrawal,
    folder_of,
    record_key,
)

_TEXT = st.text(st.characters(exclude_categories=["Cs"]))
_X = st.binary(min_size=32, max_size=32).map(lambda raw: base64.urlsafe_b64encode(raw).rstrip(b"=").decode())
FOLDER = "8f14e45fceea167a5a36dedd4bea2543"
JWK = PublicJwk(kid="2026-11", x="11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")


@given(st.builds(PublicJwk, kid=_TEXT, x=_X))
def test_a_key_comes_back_as_it_was_announced(jwk: PublicJwk) -> None:
    record = encode_public_key(jwk, folder=FOLDER, time=0)
    assert decode_identity(record.key, record.value) == KeyChange(jwk.kid, jwk)


def test_announcing_a_key_again_is_the_same_event() -> None:
    first, again = (encode_public_key(JWK, folder=FOLDER, time=time) for time in (1, 2))
    assert first.key == again.key
    assert dict(first.headers)["ce_id"] == dict(again.headers)["ce_id"]


def test_a_withdrawal_is_of_its_key_and_says_whose_folder_decided() -> None:
    record = encode_withdrawal(JWK.kid, folder=FOLDER, time=0)
    assert record.key == record_key(JWK.kid) == encode_public_key(JWK, folder=FOLDER, time=0).key
    assert decode_identity(record.key, record.value) == KeyChange(JWK.kid, None)
    assert folder_of(record.headers) == FOLDER
    assert folder_of([]) is None


@pytest.mark.parametrize("value", [None, b""])
def test_a_key_without_a_value_is_withdrawn(value: bytes | None) -> None:
    assert decode_identity(b"key/2026-11", value) == KeyChange("2026-11", None)


@pytest.mark.parametrize("key", [None, b"", b"token/17", b"user/17", b"\xff", b"KEY/1"])
def test_other_kinds_are_passed_over(key: bytes | None) -> None:
    assert decode_identity(key, b"whatever") is None


@pytest.mark.parametrize(
    "value",
    [
        b"not JSON",
        b"{}",
        b'{"jwk": {"kid": "other", "x": "AA"}}',
        b'{"jwk": {"kid": "2026-11"}}',
        b'{"jwk": {"kid": "2026-11", "x": "AA"}}',
        b'{"jwk": {"kid": "2026-11", "x": "????"}}',
        b'{"jwk": {"kid": "2026-11", "x": "AA", "kty": "RSA"}}',
        b'{"jwk": {"kid": "2026-11", "x": "AA", "alg": "HS256"}}',
        b"[" * 100_000,
    ],
)
def test_a_record_that_holds_no_key_is_undecodable(value: bytes) -> None:
    with pytest.raises(UndecodableEventError):
        decode_identity(b"key/2026-11", value)
