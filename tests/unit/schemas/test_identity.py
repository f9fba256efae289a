"""Keys and revocations come back as they were told, withdrawals as such; other records are passed over."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.cloudevents import UndecodableEventError
from schemas.identity import (
    DeviceRevocation,
    DeviceRevoked,
    KeyChange,
    PublicJwk,
    PublicKey,
    Revocation,
    SessionEnd,
    SessionEnded,
    UserChanged,
    UserState,
    decode_identity,
    encode_public_key,
    encode_revocation,
    encode_withdrawal,
    folder_of,
    record_key,
)

_TEXT = st.text(st.characters(exclude_categories=["Cs"]))
_X = st.binary(min_size=32, max_size=32).map(lambda raw: base64.urlsafe_b64encode(raw).rstrip(b"=").decode())
FOLDER = "8f14e45fceea167a5a36dedd4bea2543"
KEY = PublicKey(PublicJwk(kid="2026-11", x="11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"))
_KEYS = st.builds(
    PublicKey, st.builds(PublicJwk, kid=_TEXT, x=_X), signs=st.sampled_from(["sign-in", "devices"])
)
_INSTANTS = st.integers(0, 2**62)
_REVOCATIONS = st.one_of(
    st.builds(DeviceRevoked, st.uuids(), st.builds(DeviceRevocation, _INSTANTS)),
    st.builds(SessionEnded, st.uuids(), st.builds(SessionEnd, _INSTANTS)),
    st.builds(
        UserChanged,
        st.uuids(),
        st.builds(
            UserState, active=st.booleans(), tokens_from=st.floats(0, 2**40), changed_at=st.integers(0, 2**62)
        ),
    ),
)


@given(_KEYS)
def test_a_key_comes_back_as_it_was_announced(key: PublicKey) -> None:
    record = encode_public_key(key, folder=FOLDER, time=0)
    assert decode_identity(record.key, record.value) == KeyChange(key.kid, key)


@given(_REVOCATIONS)
def test_a_revocation_comes_back_as_it_was_told(revocation: Revocation) -> None:
    record = encode_revocation(revocation, time=0)
    assert decode_identity(record.key, record.value) == revocation
    assert encode_revocation(revocation, time=1).headers[1] == record.headers[1]
    assert decode_identity(record.key, None) is None


@pytest.mark.parametrize("kind", ["device", "session", "user"])
@pytest.mark.parametrize(
    "value", [b"not JSON", b"{}", b'{"until": "soon"}', b'{"until": -1}', b"[" * 100_000]
)
def test_a_revocation_that_cannot_be_read_is_undecodable(kind: str, value: bytes) -> None:
    for name in ("17", "6f1e1d2c-3b4a-4958-8776-a5b4c3d2e1f0"):
        with pytest.raises(UndecodableEventError):
            decode_identity(f"{kind}/{name}".encode(), value)


def test_a_key_of_before_signs_access_tokens() -> None:
    value = b'{"jwk": {"kid": "2026-11", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}}'
    assert decode_identity(record_key("2026-11"), value) == KeyChange("2026-11", KEY)


def test_announcing_a_key_again_is_the_same_event() -> None:
    first, again = (encode_public_key(KEY, folder=FOLDER, time=time) for time in (1, 2))
    assert first.key == again.key
    assert dict(first.headers)["ce_id"] == dict(again.headers)["ce_id"]


def test_a_withdrawal_is_of_its_key_and_says_whose_folder_decided() -> None:
    record = encode_withdrawal(KEY.kid, folder=FOLDER, time=0)
    assert record.key == record_key(KEY.kid) == encode_public_key(KEY, folder=FOLDER, time=0).key
    assert decode_identity(record.key, record.value) == KeyChange(KEY.kid, None)
    assert folder_of(record.headers) == FOLDER
    assert folder_of([]) is None


@pytest.mark.parametrize("value", [None, b""])
def test_a_key_without_a_value_is_withdrawn(value: bytes | None) -> None:
    assert decode_identity(b"key/2026-11", value) == KeyChange("2026-11", None)


@pytest.mark.parametrize("key", [None, b"", b"token/17", b"users/17", b"device", b"\xff", b"KEY/1"])
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
        # A member that is passed over is still read.
        b'{"jwk": {"other": ' + b"[" * 100_000,
        b'{"jwk": {"kid": "\xff"}}',
    ],
)
def test_a_record_that_holds_no_key_is_undecodable(value: bytes) -> None:
    with pytest.raises(UndecodableEventError):
        decode_identity(b"key/2026-11", value)
