"""What the root has signed is told from everything else, a byte more or less or elsewhere included."""

import base64
import logging

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from schemas.cloudevents import Record
from schemas.identity import ROOT_SIGNATURE
from service_kit.callers.root_of_trust import believing, is_sealed, roots_of, sealed
from service_kit.engines.kafka.compacted_topic import Latest

ROOT = Ed25519PrivateKey.from_private_bytes(b"r" * 32)
OTHER = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
KNOWN = [ROOT.public_key()]

records = st.builds(
    Record,
    st.binary(min_size=1, max_size=10),
    st.none() | st.binary(max_size=10),
    st.lists(
        st.tuples(st.sampled_from(["ce_id", "ce_time", "content-type"]), st.binary(max_size=5)), max_size=3
    ),
)


def latest(record: Record, headers: list[tuple[str, bytes]] | None = None) -> Latest:
    return Latest(record.key or b"", 0, record.value, record.headers if headers is None else headers)


def text(root: Ed25519PrivateKey) -> str:
    raw = root.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@given(records, records)
def test_only_this_record_is_sealed(record: Record, other: Record) -> None:
    done = sealed(ROOT, record)
    assert is_sealed(KNOWN, latest(done))
    signature = done.headers[-1]
    said = (record.key, record.value, sorted(record.headers))
    if (other.key, other.value, sorted(other.headers)) != said:
        assert not is_sealed(KNOWN, latest(other, [*other.headers, signature]))


def test_what_others_add_on_the_way_changes_nothing_but_an_attribute_does() -> None:
    done = sealed(ROOT, Record(b"key/a", b"{}", [("ce_id", b"1")]))
    assert is_sealed(KNOWN, latest(done, [("traced", b"x"), *reversed(done.headers)]))
    assert not is_sealed(KNOWN, latest(done, [*done.headers, ("ce_keyfolder", b"another")]))


def test_another_root_has_no_say_until_it_is_known() -> None:
    done = latest(sealed(OTHER, Record(b"key/a", b"{}", [])))
    assert not is_sealed(KNOWN, done)
    assert is_sealed([*KNOWN, OTHER.public_key()], done)


@pytest.mark.parametrize("signature", [None, b"", b"A", b"\xff", b"=" * 86, b"A" * 86])
def test_what_is_no_signature_is_none(signature: bytes | None) -> None:
    assert not is_sealed(KNOWN, Latest(b"key/a", 0, b"{}", []))
    assert not is_sealed(KNOWN, Latest(b"key/a", 0, b"{}", [(ROOT_SIGNATURE, signature)]))  # type: ignore[list-item]


def test_a_header_without_a_value_is_no_way_to_end_the_reader() -> None:
    done = sealed(ROOT, Record(b"key/a", b"{}", []))
    assert not is_sealed(KNOWN, latest(done, [*done.headers, ("ce_id", None), ("ce_id", b"1")]))  # type: ignore[list-item]


def test_what_is_not_signed_is_said_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    believes = believing(KNOWN)
    with caplog.at_level(logging.ERROR):
        assert not any(believes(Latest(b"key/a", offset, b"secret", [])) for offset in range(100))
    assert [record.message for record in caplog.records] == [
        "passed over what the root of trust has not signed: somebody else writes to ecg.identity.v1"
    ]


def test_public_halves_are_given_as_text() -> None:
    roots = roots_of(f"{text(ROOT)}, {text(OTHER)}")
    for root in (ROOT, OTHER):
        assert is_sealed(roots, latest(sealed(root, Record(b"key/a", None, []))))
    for wrong in ("", text(ROOT)[:-1], text(ROOT) + "AAAA", f"{text(ROOT)},", "ä" * 43):
        with pytest.raises(ValueError, match=r"\w"):
            roots_of(wrong)
