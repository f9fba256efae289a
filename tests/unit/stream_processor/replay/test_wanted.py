"""A filter keeps what it names, and every condition counts."""

from uuid import UUID

import pytest

from stream_processor.replay.wanted import Wanted
from tests.unit.stream_processor.replay.letters import OWNER, letter

TIME = 1_800_000_000_000_000


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(),
        Wanted(reason="SUCH version"),
        Wanted(since=TIME, before=TIME + 1),
        Wanted(owner_id=OWNER, ecg_id="ecg-17"),
        Wanted(topic="ecg.uploaded.v1", partition=3, offset=41),
    ],
)
def test_what_is_named_is_kept(wanted: Wanted) -> None:
    assert wanted.holds(letter())


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(reason="another"),
        Wanted(since=TIME + 1),
        Wanted(before=TIME),
        Wanted(owner_id=UUID(int=1)),
        Wanted(ecg_id="ecg-1"),
        Wanted(owner_id=OWNER, ecg_id="ecg-1"),
        Wanted(topic="ecg.insights.v1"),
        Wanted(partition=0),
        Wanted(offset=0),
    ],
)
def test_what_is_not_named_is_left_out(wanted: Wanted) -> None:
    assert not wanted.holds(letter())


def test_whose_nobody_knows_is_nobody_s() -> None:
    unknown = letter(headers=[])
    assert Wanted().holds(unknown)
    assert not Wanted(owner_id=OWNER).holds(unknown)
    assert not Wanted(ecg_id="ecg-17").holds(unknown)
