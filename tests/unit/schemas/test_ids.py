"""The grammar of an ECG id, and ids that are derived the same way for ever."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.ids import ecg_id_from_content, ecg_id_from_idempotency_key, ecg_key, is_ecg_id
from tests.unit.schemas.strategies import ECG_IDS, HASHES

OWNER = UUID("6f1e1d2c-3b4a-4958-8776-a5b4c3d2e1f0")


@pytest.mark.parametrize("text", ["a", "0", "ecg-17", "A.b_c:d-e", "x" * 128])
def test_ids(text: str) -> None:
    assert is_ecg_id(text)


@pytest.mark.parametrize("text", ["", "-a", ".", "a/b", "a b", "é", "a\n", "x" * 129, "٣"])
def test_other_text_is_no_id(text: str) -> None:
    assert not is_ecg_id(text)


@given(st.uuids(), st.text(st.characters(exclude_categories=["Cs"])), HASHES)
def test_derived_ids_are_ids(owner: UUID, key: str, content_hash: str) -> None:
    assert is_ecg_id(ecg_id_from_idempotency_key(owner, key))
    assert is_ecg_id(ecg_id_from_content(content_hash))


def test_derived_ids_are_what_they_have_always_been() -> None:
    assert ecg_id_from_idempotency_key(OWNER, "upload 1") == "key-6cebd4a08d081cb04f5995302a3f1792"
    assert ecg_id_from_content("0123456789abcdef" * 4) == "blake3-0123456789abcdef0123456789abcdef"


def test_one_key_of_two_owners_is_two_ecgs() -> None:
    assert ecg_id_from_idempotency_key(OWNER, "k") != ecg_id_from_idempotency_key(UUID(int=1), "k")


@given(ECG_IDS, ECG_IDS)
def test_a_record_key_says_owner_and_ecg_and_nothing_else(one: str, other: str) -> None:
    owner, _, ecg = ecg_key(OWNER, one).decode().partition("/")
    assert (UUID(owner), ecg) == (OWNER, one)
    assert (ecg_key(OWNER, one) == ecg_key(OWNER, other)) == (one == other)
