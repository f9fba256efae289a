"""A receipt comes back as it was given; any other text is no receipt."""

import string
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.receipts import Receipt, decode_receipt, encode_receipt

_URL_SAFE = set(string.ascii_letters + string.digits + "-_")
_TOPIC = "AAAAAAAAAAAAAAAAAAAAAQ"
_CONTENT = "ab" * 32
_IDS = st.text(st.sampled_from(sorted(_URL_SAFE)), min_size=22, max_size=22)


@given(
    st.builds(
        Receipt,
        _IDS,
        st.integers(0, 2**31 - 1),
        st.integers(0, 2**63 - 1),
        st.text("0123456789abcdef", min_size=64, max_size=64),
    )
)
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
        "A" * 257,
        encode_receipt(Receipt(_TOPIC, -1, 0, _CONTENT)),
        encode_receipt(Receipt(_TOPIC, 2**31, 0, _CONTENT)),
        encode_receipt(Receipt(_TOPIC, 0, -1, _CONTENT)),
        encode_receipt(Receipt(_TOPIC, 0, 2**63, _CONTENT)),
        encode_receipt(Receipt(_TOPIC, 0, 0, _CONTENT)) + "!",
        encode_receipt(Receipt("cluster/topic", 0, 0, _CONTENT)),
        encode_receipt(Receipt(_TOPIC, 0, 0, "aB" * 32)),
        encode_receipt(Receipt(_TOPIC, 0, 0, "ab" * 31)),
    ],
)
def test_what_no_honest_receipt_says_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^not a receipt$"):
        decode_receipt(text)
