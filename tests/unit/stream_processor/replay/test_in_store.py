"""An event is computed when its own rows are there, or rows of its content that came before it."""

from dataclasses import replace

from stream_processor.replay.in_store import asked_of
from tests.unit.stream_processor.replay.letters import ORIGIN

PLACED = replace(ORIGIN, position=41)


def test_a_recording_is_computed_by_its_answer() -> None:
    ((_, values),) = asked_of(PLACED)
    assert values == (ORIGIN.owner_id, "ecg-17", 41, ORIGIN.content_hash, -1, "computed")


def test_a_segment_is_computed_by_its_part_too() -> None:
    asked = asked_of(replace(PLACED, segment=1, segments=3))
    assert [values[-2:] for _, values in asked] == [(-1, "computed"), (1, "partial")]


def test_an_event_of_which_no_position_is_known_is_computed_by_any_row_of_its_content() -> None:
    ((_, values),) = asked_of(ORIGIN)
    assert values[2] == 2**63 - 1
