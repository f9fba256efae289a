"""Which new passwords are easily guessed: by what is common, by patterns, and by what is known of their user.

NIST SP 800-63B, section 3.1.1.2, and OWASP ASVS 6.2.4, 6.2.11 and 6.2.12. Pure, and bounded: no password takes longer
than a hash of it does. What is known counts nothing: it is taken out, and the rest has to be hard to guess.
"""

import re
import unicodedata
from collections.abc import Collection

REFUSAL = "is easily guessed: take four words or more that have nothing to do with each other, nor with you"

PRODUCT_WORDS = (
    "ecg",
    "ekg",
    "electrocardiogram",
    "electrocardiograph",
    "cardiogram",
    "heartbeat",
    "insights",
)
"""What anybody would try here; docs/sign-in.md has them."""

# At 26 ms for each, a core needs most of a year to try as many at one stolen hash.
_LEAST_GUESSES = 10**9
# More is hard to guess by its beginning. The time grows with the square: this is as long as a hash takes.
_JUDGED_CHARACTERS = 48
# What is shorter is in too many words.
_LEAST_OF_A_WORD = 3
# Signs that stand for one letter are as good as the digit that does. Without this the estimate tries them in each
# combination, and some seconds long.
_SIGNS = str.maketrans("@{[<!|$+", "4(((1157")
_LETTERS = str.maketrans("48(3691l705%2", "abceggiitosxz")


def words_about(email: str, others: str = "") -> set[str]:
    """What a guesser knows of this user: their address and its parts, the product's words, and `others`, which is words
    with commas between.
    """
    parts = {*email.split("@"), *re.findall(r"[^\W_]+", email), *re.findall(r"[^\W\d_]+", email)}
    return {email, *parts, *PRODUCT_WORDS, *(word.strip() for word in others.split(","))}


def is_easily_guessed(password: str, known: Collection[str]) -> bool:
    """Whether somebody who tries what is likely, and has these `known` words, comes upon it too soon."""
    # 15 MB and a third of a second, which only who judges passwords pays.
    from zxcvbn import zxcvbn  # noqa: PLC0415

    judged = _without(_folded(password), known)[:_JUDGED_CHARACTERS]
    return not judged or zxcvbn(judged)["guesses"] < _LEAST_GUESSES


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().translate(_SIGNS)


def _without(folded: str, known: Collection[str]) -> str:
    """What is left without the known words, however their letters are written as digits."""
    shapes = {_folded(word).translate(_LETTERS) for word in known if len(word) >= _LEAST_OF_A_WORD}
    longest_first = "|".join(re.escape(shape) for shape in sorted(shapes, key=len, reverse=True))
    left, after = [], 0
    for found in re.finditer(longest_first, folded.translate(_LETTERS)):
        left.append(folded[after : found.start()])
        after = found.end()
    return "".join((*left, folded[after:]))
