"""A new password is long enough, of whatever characters."""

import pytest

from schemas.passwords import broken_rule


@pytest.mark.parametrize(
    "password", ["a" * 12, "\N{GREEK SMALL LETTER ALPHA}" * 12, "x" * 1024, "with blanks in it"]
)
def test_long_enough(password: str) -> None:
    assert broken_rule(password) is None


@pytest.mark.parametrize("password", ["", "a" * 11, "x" * 1025])
def test_too_short_or_too_long_and_not_repeated(password: str) -> None:
    broken = broken_rule(password)
    assert broken is not None
    assert "characters" in broken
