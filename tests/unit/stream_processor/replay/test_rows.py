"""An event is computed when its own rows are there."""

from dataclasses import replace

import pytest

from stream_processor.replay.rows import is_computed
from tests.unit.stream_processor.replay.letters import ORIGIN

SEGMENT = replace(ORIGIN, segment=1, segments=3)


@pytest.mark.parametrize(
    ("origin", "rows", "computed"),
    [
        (ORIGIN, [], False),
        (ORIGIN, [(-1, "rejected")], False),
        (ORIGIN, [(-1, "rejected"), (-1, "computed")], True),
        (SEGMENT, [(0, "partial"), (2, "partial")], False),
        (SEGMENT, [(0, "partial"), (1, "partial")], True),
        (SEGMENT, [(-1, "computed")], True),
    ],
)
def test_an_event_is_computed_by_its_own_rows(
    origin: object, rows: list[tuple[int, str]], computed: bool
) -> None:
    found = [{"segment": segment, "status": status} for segment, status in rows]
    assert is_computed(origin, found) == computed  # type: ignore[arg-type]
