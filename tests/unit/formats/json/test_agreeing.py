"""The fast way in takes a body if and only if the one that explains finds nothing wrong with it."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.json.decoding import Decoder
from formats.json.explaining import NothingWrongError, explain
from schemas.problems import InvalidError, MalformedError
from tests.unit.formats.json.test_decoding import LAYOUTS, UPLOADS
from tests.unit.formats.limits import LIMITS

decoder = Decoder(LIMITS)
# What bodies are made of, and what they are broken by.
PIECES = st.sampled_from(
    [
        b"null",
        b"-",
        b"0",
        b"1",
        b".5",
        b"e9",
        b"1e999",
        b",",
        b":",
        b"[",
        b"]",
        b"{",
        b"}",
        b'"',
        b"\\",
        b" ",
        b"\0",
        b"NaN",
        b"true",
        b"[]",
        b"{}",
        b'"a"',
        b'"\\u0061"',
        b"\xff",
        b"2147483648",
        b"9" * 30,
        b'"signal":',
        b'"name":1,',
    ]
)
CHANGES = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 6), PIECES), max_size=4)


def mutated(body: bytes, changes: list[tuple[float, int, bytes]]) -> bytes:
    """The body with pieces put in at some places, over so many of its bytes."""
    for place, over, piece in changes:
        at = int(place * len(body))
        body = body[:at] + piece + body[at + over :]
    return body


@given(UPLOADS, LAYOUTS, CHANGES)
def test_both_ways_in_agree(
    sent: Any, layout: dict[str, Any], changes: list[tuple[float, int, bytes]]
) -> None:
    body = mutated(json.dumps(sent, **layout).encode(), changes)
    refusal = explanation = None
    try:
        # Raises NothingWrongError where it alone refuses.
        decoder.decode(body)
    except (InvalidError, MalformedError) as problem:
        refusal = problem
    with suppress(NothingWrongError):
        explanation = explain(body, LIMITS)
    assert (refusal is None) == (explanation is None)
    assert not isinstance(refusal, InvalidError) or refusal.total >= len(refusal.errors) >= 1


def test_a_refusal_without_a_broken_rule_cannot_be_said() -> None:
    with pytest.raises(ValueError, match="names what is wrong"):
        InvalidError([])
