"""A receipt comes back as it was given; any other text is no receipt."""

import string
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.receipts import Receipt, decode_receipt, encode_receipt, topic_id

_URL_SAFE = set(string.ascii_letters + string.digits + "-_")
_IDS = st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=60)


@given(st.builds(Receipt, _IDS, st.integers(0, 2**31 - 1), st.integers(0, 2**63 - 1)))
def test_a_receipt_comes_back_and_needs_no_quoting(receipt: Receipt) -> None:
    text = encode_receipt(receipt)
    assert set(text) <= _URL_SAFE
    assert decode_receipt(text) == receipt


@given(st.text(max_size=60))
def test_other_text_is_no_receipt(text: str) -> None:
    with suppress(ValueError):
        receipt = decode_receipt(text)
        assert decode_receipt(encode_receipt(receipt)) == receipt


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "é",
        "A" * 513,
        encode_receipt(Receipt("cluster/topic", -1, 0)),
        encode_receipt(Receipt("cluster/topic", 2**31, 0)),
        encode_receipt(Receipt("cluster/topic", 0, -1)),
        encode_receipt(Receipt("cluster/topic", 0, 2**63)),
        encode_receipt(Receipt("cluster/topic", 0, 0)) + "!",
    ],
)
def test_what_no_honest_receipt_says_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^not a receipt$"):
        decode_receipt(text)


def test_a_cluster_made_anew_counts_under_another_id() -> None:
    assert topic_id("one", "ecg.uploaded.v1") != topic_id("two", "ecg.uploaded.v1")
