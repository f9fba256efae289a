"""Passwords that are common, a pattern or about their user are told; others are not, and none takes long to judge."""

import cProfile
import pstats
import random
import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.paths import REPOSITORY
from schemas.guessable import PRODUCT_WORDS, is_easily_guessed, words_about
from schemas.passwords import MOST_CHARACTERS

ANN = words_about("ann.de.vries@cardiology.example.com", "St. Elsewhere, ward nine")

COMMON = (
    "passwordpassword",
    "Password1234",
    "P@ssw0rd2024!!",
    "qwertyuiop123",
    "1qaz2wsx3edc",
    "iloveyou1234!",
    "Administrator1",
    "Summer2026!!",
    "letmeinletmein",
    "trustno1trustno1",
    "monkeydragon99",
    "drowssapdrowssap",
)
PATTERNS = (
    "aaaaaaaaaaaa",
    "a" * MOST_CHARACTERS,
    "abcabcabcabc",
    "abcdefghijklm",
    "987654321098",
    "qwertyqwerty",
    " " * 12,
    "19900101 1990",
)
ABOUT_ANN = (
    "ann.de.vries@cardiology.example.com",
    "AnnDeVries2026!",
    "ann-vries-1990",
    "4nn.d3.vr135",
    "Cardiology2026",
    "c@rd10l0gy-#1",
    "St. Elsewhere 1",
    "ward nine ward nine",
)
GOOD = (
    "four words of my own",
    "five words, all of them new",
    "correct horse battery",
    "electrocardiogram of a violet walrus",
    "ann keeps seven green umbrellas",
    "sieben grüne Regenschirme",
    "蓝色的大象在月亮上跳舞唱歌",
    "Xk7$tqLp9vWz",
    "739105826418",
)


@pytest.mark.parametrize("password", [*COMMON, *PATTERNS, *ABOUT_ANN])
def test_what_a_guesser_tries_is_refused(password: str) -> None:
    assert is_easily_guessed(password, ANN)


@pytest.mark.parametrize("word", PRODUCT_WORDS)
def test_the_products_words_count_nothing(word: str) -> None:
    assert is_easily_guessed(f"{word.title()}-{word}-2026!", ANN)


@pytest.mark.parametrize("password", GOOD)
def test_what_nobody_guesses_is_taken(password: str) -> None:
    assert not is_easily_guessed(password, ANN)


def test_about_somebody_else_is_about_nobody() -> None:
    about = "brightwater-oleander"
    assert not is_easily_guessed(about, ANN)
    assert is_easily_guessed(about, words_about("brightwater.oleander@example.com"))


def test_generated_passwords_are_taken() -> None:
    generated = [secrets.token_urlsafe(18) for _ in range(30)]
    assert not [one for one in generated if is_easily_guessed(one, ANN)]


@given(st.text(max_size=MOST_CHARACTERS))
def test_every_text_is_judged(password: str) -> None:
    assert is_easily_guessed(password, ANN) in {True, False}


@pytest.mark.parametrize(
    "password",
    [
        # The signs and digits that stand for letters, of which each may be several.
        "4@8({[<3691!|0$57%2+" * 51,
        "".join(random.Random(1).choices("4@8({[<3691!|0$57%2+", k=MOST_CHARACTERS)),
        "".join(random.Random(2).choices("0123456789", k=MOST_CHARACTERS)),
        "ab" * 512,
        "aabb" * 256,
        "a" * MOST_CHARACTERS,
        # One character that is eighteen in the form that is judged.
        "\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * MOST_CHARACTERS,
        "ann" * 341,
    ],
)
def test_none_takes_long(password: str) -> None:
    is_easily_guessed("read the words that are common", ANN)
    with cProfile.Profile() as profile:
        is_easily_guessed(password, ANN)
    # Calls, as seconds are the machine's. Without the bounds there are 270,000 for 72 characters already.
    assert pstats.Stats(profile).total_calls < 100_000  # type: ignore[attr-defined]


def test_the_words_are_documented() -> None:
    written = (REPOSITORY / "docs" / "sign-in.md").read_text(encoding="utf-8")
    assert ", ".join(f"`{word}`" for word in PRODUCT_WORDS) in " ".join(written.split())
