"""Of many deaths of one event one letter is made, which says whether it would die again."""

import pytest

from schemas.dead_letters import encode_dead_letter
from schemas.topics import IDENTITY
from stream_processor.replay.letters import by_event, letter_of
from tests.unit.stream_processor.replay.letters import ORIGIN, dead, letter


def test_a_letter_tells_why_when_where_and_whose() -> None:
    found = letter()
    assert (found.reason, found.time) == ("no such version", 1_800_000_000_000_000)
    assert (found.topic, found.partition, found.offset) == ("ecg.uploaded.v1", 3, 41)
    assert (found.origin, found.deaths, found.state) == (ORIGIN, 1, "ready")
    original = dead()
    headers = sum(len(name) + len(value) for name, value in original.headers)
    assert found.size == len(original.key or b"") + len(original.value or b"") + headers


@pytest.mark.parametrize(
    "changes",
    [
        {"value": b"not Arrow"},
        {"value": None},
        {"headers": []},
        {"headers": [("ce_type", None)]},
        {"key": b"somebody/else"},
    ],
)
def test_what_would_die_again_is_poison(changes: dict[str, object]) -> None:
    assert letter(**changes).state == "poison"  # type: ignore[arg-type]


@pytest.mark.parametrize("changes", [{"topic": IDENTITY.name}, {"partition": 16}, {"partition": -1}])
def test_what_is_from_elsewhere_is_foreign(changes: dict[str, object]) -> None:
    assert letter(**changes).state == "foreign"  # type: ignore[arg-type]


def test_an_event_that_died_again_is_one_letter_with_its_last_death() -> None:
    first = letter(at=(3, 0))
    again = letter(at=(3, 7), offset=90, time=first.time + 5, reason="still no such version")
    # The processor was killed after it had written the letter, and wrote it once more.
    repeated = letter(at=(3, 8), offset=90, time=first.time + 9, reason="still no such version")
    (found,) = by_event([repeated, first, again])
    assert (found.reason, found.at, found.deaths) == ("still no such version", (3, 8), 2)
    assert found.places == {41, 90}


def test_events_that_differ_in_a_byte_or_in_their_place_are_letters_of_their_own() -> None:
    headers = dead().headers
    letters = [
        letter(),
        letter(partition=4),
        letter(value=b""),
        letter(key=b"x"),
        letter(headers=headers[1:]),
        letter(headers=[*headers, ("a", b"")]),
        letter(headers=[*headers, ("", b"a")]),
    ]
    assert len(by_event(letters)) == len(letters)


def test_letters_come_in_order_of_time() -> None:
    late, early = letter(), letter(value=b"", time=1)
    assert by_event([late, early]) == [early, late]


def test_a_record_that_does_not_say_why_is_no_letter() -> None:
    headers = [pair for pair in encode_dead_letter(dead()) if pair[0] != "dl_reason"]
    assert letter_of(b"k", b"v", headers, (0, 0)) is None
