"""A dead letter is the original to the byte, and why it is one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.dead_letters import (
    DeadLetter,
    decode_dead_letter,
    encode_dead_letter,
    original_headers,
    restored,
)
from schemas.topics import MAX_DEAD_LETTER_BYTES, MAX_EVENT_BYTES

_HEADERS = st.lists(st.tuples(st.text().filter(lambda name: not name.startswith("dl_")), st.binary()))
_LETTERS = st.builds(
    DeadLetter,
    key=st.none() | st.binary(),
    value=st.none() | st.binary(),
    headers=_HEADERS,
    reason=st.text(max_size=500),
    topic=st.just("ecg.uploaded.v1"),
    partition=st.integers(0, 2**31 - 1),
    offset=st.integers(0, 2**63 - 1),
    time=st.integers(0, 2**62),
    position=st.none() | st.integers(0, 2**63 - 1),
)


def letter(**changes: object) -> DeadLetter:
    fields: dict[str, object] = {"key": b"k", "value": b"v", "headers": [("a", b"1"), ("a", b"2")]}
    fields |= {"reason": "no", "topic": "t", "partition": 1, "offset": 2, "time": 3}
    return DeadLetter(**(fields | changes))  # type: ignore[arg-type]


@given(_LETTERS)
def test_a_dead_letter_comes_back_as_it_went(sent: DeadLetter) -> None:
    assert decode_dead_letter(sent.key, sent.value, encode_dead_letter(sent)) == sent


def test_a_letter_that_dies_twice_tells_of_the_second_death_only() -> None:
    first = encode_dead_letter(letter(reason="first"))
    second = encode_dead_letter(letter(headers=first, reason="second", topic="ecg.dead_letters.v1"))
    names = [name for name, _ in second]
    assert len(names) == len(set(names)) + 1  # the original's own header "a" came twice
    assert decode_dead_letter(b"k", b"v", second).reason == "second"


def test_what_is_put_back_is_the_original_and_where_it_first_stood() -> None:
    once = restored(letter(position=7))
    assert (once.key, once.value) == (b"k", b"v")
    assert once.headers == [("a", b"1"), ("a", b"2"), ("ce_position", b"7")]
    # It dies again and is put back again.
    again = letter(headers=once.headers, position=7, offset=90)
    assert restored(again) == once
    assert original_headers(again) == letter().headers


def test_what_an_earlier_version_gave_up_is_put_back_as_it_came() -> None:
    assert restored(letter()).headers == letter().headers


def test_a_long_reason_is_cut_so_that_the_letter_fits() -> None:
    headers = encode_dead_letter(letter(headers=[], reason="é" * 100_000))
    assert sum(len(name) + len(value) for name, value in headers) < MAX_DEAD_LETTER_BYTES - MAX_EVENT_BYTES


@pytest.mark.parametrize("missing", ["dl_reason", "dl_topic", "dl_partition", "dl_offset", "dl_time"])
def test_a_record_that_does_not_say_why_is_no_dead_letter(missing: str) -> None:
    headers = [pair for pair in encode_dead_letter(letter()) if pair[0] != missing]
    with pytest.raises(ValueError, match=missing):
        decode_dead_letter(b"k", b"v", headers)


@pytest.mark.parametrize("value", [b"far", b"\xff", None])
def test_a_position_that_is_no_number_is_no_dead_letter(value: bytes) -> None:
    headers = [*encode_dead_letter(letter()), ("dl_offset", value)]
    with pytest.raises(ValueError, match="int"):
        decode_dead_letter(b"k", b"v", headers)
