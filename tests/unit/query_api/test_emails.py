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
        ("ann@b\N{LATIN SMALL LETTER U WITH DIAERESIS}cher.example.com", "ann@xn--bcher-kva.example.com"),
        ("ann@XN--BCHER-KVA.example.com", "ann@xn--bcher-kva.example.com"),
        ("\N{FULLWIDTH LATIN SMALL LETTER A}nn@example.com", "ann@example.com"),
        ("ann\N{FULLWIDTH COMMERCIAL AT}example\N{IDEOGRAPHIC FULL STOP}com", "ann@example.com"),
        ("\N{KELVIN SIGN}im@example.com", "kim@example.com"),
        # A Cyrillic letter: another domain, and seen to be one.
        ("ann@\N{CYRILLIC SMALL LETTER IE}xample.com", "ann@xn--xample-2of.com"),
    ],
)
def test_one_spelling(typed: str, name: str) -> None:
    assert normalised(typed) == name
    assert normalised(name) == name


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "ann",
        "@example.com",
        "ann@",
        "a b@example.com",
        "ann@-example.com",
        "x" * 65 + "@" + "y" * 300,
        "\N{CYRILLIC SMALL LETTER A}nn@example.com",
        "a\N{COMBINING DIAERESIS}nn@example.com",
        "a\N{SOFT HYPHEN}nn@example.com",
        "ann@ex\N{ZERO WIDTH SPACE}ample.com",
        "ann@xn--zz.com",
    ],
)
def test_no_address(typed: str) -> None:
    with pytest.raises(ValueError, match=r"^not an e-mail address, or not in ASCII before the @$"):
        normalised(typed)
