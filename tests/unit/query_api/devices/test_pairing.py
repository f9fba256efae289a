"""A code is typed as people type, and is of characters that nobody takes for others."""

import pytest

from query_api.devices.pairing import ALPHABET, CODE_CHARACTERS, normalised


def test_the_alphabet_has_nothing_that_looks_like_something_else() -> None:
    assert not set("01ILOU") & set(ALPHABET)
    assert len(set(ALPHABET)) == len(ALPHABET) == 30
    assert len(ALPHABET) ** CODE_CHARACTERS > 6e11


@pytest.mark.parametrize(
    "typed", ["K7QM2XWT", "K7QM-2XWT", "k7qm-2xwt", " k7qm 2xwt\n", "K7-QM-2X-WT", "\tK7QM2XWT\r\n"]
)
def test_a_code_is_the_same_however_it_is_typed(typed: str) -> None:
    assert normalised(typed) == "K7QM2XWT"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "--------",
        "K7QM2XW",
        "K7QM2XWTT",
        "O7QM2XWT",
        "K7QM2XW\u0130",
        "Ж7QM2XWT",
        "\u017f7QM2XWT",
        "K7QM\u00a02XWT",
    ],
)
def test_what_is_no_code_is_told_so(typed: str) -> None:
    with pytest.raises(ValueError, match="eight letters and digits"):
        normalised(typed)
