"""A refresh token says which it is, and nobody else can make one."""

from dataclasses import replace
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from query_api.users.refresh_tokens import Generation, RefreshTokens

TOKENS = RefreshTokens(b"a" * 32)


@given(st.uuids(), st.uuids(), st.integers(0, 2**32 - 1))
def test_what_was_made_is_read(user_id: object, session_id: object, number: int) -> None:
    generation = Generation(user_id, session_id, number)  # type: ignore[arg-type]
    assert TOKENS.decode(TOKENS.encode(generation)) == generation


@pytest.mark.parametrize("text", ["", "a", "A" * 80, "ä" * 80, "A" * 400])
def test_what_was_not_made_here_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a refresh token"):
        TOKENS.decode(text)


def test_neither_another_key_nor_another_number_makes_it() -> None:
    one = Generation(uuid4(), uuid4(), 1)
    text, next_one = TOKENS.encode(one), TOKENS.encode(replace(one, number=2))
    for forged in (RefreshTokens(b"b" * 32).encode(one), text[:48] + next_one[48:]):
        with pytest.raises(ValueError, match="not a refresh token"):
            TOKENS.decode(forged)
