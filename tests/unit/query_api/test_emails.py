"""An address is one name, however it is typed."""

import pytest

from query_api.emails import normalised


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Ann@Example.COM", "ann@example.com"),
        ("ann@clinic.local", "ann@clinic.local"),
        ("ann@ward.test", "ann@ward.test"),
        ("ann@localhost", "ann@localhost"),
        ("A\N{COMBINING DIAERESIS}nn@example.com", "änn@example.com"),
        ("ann@b\N{LATIN SMALL LETTER U WITH DIAERESIS}cher.example.com", "ann@bücher.example.com"),
    ],
)
def test_one_spelling(typed: str, name: str) -> None:
    assert normalised(typed) == name
    assert normalised(name) == name


@pytest.mark.parametrize(
    "typed",
    ["", "ann", "@example.com", "ann@", "a b@example.com", "ann@-example.com", "x" * 65 + "@" + "y" * 300],
)
def test_no_address(typed: str) -> None:
    with pytest.raises(ValueError, match=r"^not an e-mail address$"):
        normalised(typed)
