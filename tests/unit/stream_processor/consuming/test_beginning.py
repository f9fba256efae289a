"""Where reading begins, whatever is remembered and whatever there is: no event that is there is left out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_processor.consuming.beginning import Beginning, Extent, Finding, beginning
from stream_processor.marks import Commit, Mark, from_commit, mark_after, to_metadata
from stream_processor.outcomes import Received

TOPIC, OTHER = "topic", "other"
LAST = Mark(100, 5, "abc")


def begun(
    extent: Extent, commit: Mark | None = LAST, progress: int | None = 100, topic_id: str = TOPIC
) -> Beginning:
    return beginning(TOPIC, extent, None if commit is None else Commit(topic_id, commit), progress)


def test_what_is_as_it_was_goes_on() -> None:
    assert begun(Extent(0, 100, LAST)) == Beginning(Finding.GOES_ON, LAST)
    assert begun(Extent(0, 108, LAST), progress=103) == Beginning(Finding.GOES_ON, LAST)


@pytest.mark.parametrize(
    ("extent", "progress"),
    [
        (Extent(0, 95), 100),
        # The commit holds, and more was finished than there is now.
        (Extent(0, 100, LAST), 101),
        # It has grown beyond the commit since.
        (Extent(0, 103, Mark(100, 5, "abd")), 100),
        (Extent(0, 103, Mark(100, 6, "abc")), 100),
        (Extent(0, 103, None), 100),
    ],
)
def test_of_a_log_that_was_cut_all_there_is_is_read(extent: Extent, progress: int) -> None:
    assert begun(extent, progress=progress) == Beginning(Finding.CUT, Mark(0))


@pytest.mark.parametrize("extent", [Extent(0, 0), Extent(0, 160, LAST), Extent(0, 160, Mark(100, 9, "x"))])
def test_of_a_topic_that_was_made_again_all_there_is_is_read(extent: Extent) -> None:
    assert begun(extent, progress=None, topic_id=OTHER) == Beginning(Finding.MADE_AGAIN, Mark(0))


def test_a_store_that_remembers_less_is_filled_again() -> None:
    assert begun(Extent(0, 100, LAST), progress=40) == Beginning(Finding.STORE_BEHIND, Mark(40))
    assert begun(Extent(0, 100, LAST), progress=None) == Beginning(Finding.STORE_BEHIND, Mark(0))
    # What was finished once and is gone by now did not expire unread.
    assert begun(Extent(60, 100, LAST), progress=40) == Beginning(Finding.STORE_BEHIND, Mark(60))


def test_what_is_gone_unread_is_named() -> None:
    assert begun(Extent(107, 107)) == Beginning(Finding.GOES_ON, Mark(107, 5), range(100, 107))
    assert begun(Extent(107, 120), progress=104).expired == range(104, 107)
    assert begun(Extent(7, 9), commit=None, progress=None) == Beginning(Finding.GOES_ON, Mark(7), range(7))


def test_a_commit_without_a_mark_is_believed_as_far_as_it_can_be_checked() -> None:
    """Of an earlier version, or of an operator's tool."""
    assert begun(Extent(0, 100, LAST), Mark(90), topic_id="").mark == Mark(90)
    assert begun(Extent(0, 80), Mark(90), topic_id="").finding is Finding.CUT


OFFSETS = st.integers(0, 12)


@given(
    first=OFFSETS,
    length=OFFSETS,
    committed=st.none() | OFFSETS,
    progress=st.none() | OFFSETS,
    same=st.booleans(),
)
def test_nothing_that_is_there_and_unfinished_is_left_out(
    first: int, length: int, committed: int | None, progress: int | None, same: bool
) -> None:
    end = first + length
    mark = None if committed is None else Mark(committed, 5, "abc" if committed else "")
    found = Mark(committed or 0, 5, "abc" if same else "abd")
    begins = begun(Extent(first, end, found), mark, progress)

    assert first <= begins.mark.next_offset <= max(first, end)
    assert begins.mark.next_offset <= max(first, min(committed or 0, progress or 0))
    # What expired was never read.
    assert not begins.expired or begins.expired.start >= max(committed or 0, progress or 0)
    assert not begins.expired or begins.expired.stop == first


def event(**changes: object) -> Received:
    usual = {
        "topic": "uploads",
        "partition": 3,
        "offset": 41,
        "key": b"owner/ecg",
        "value": b"",
        "headers": [("ce_id", b"1"), ("ce_time", b"2")],
        "time_ms": 7,
    }
    return Received(**(usual | changes))  # type: ignore[arg-type]


def test_a_mark_comes_back_from_the_commit_as_it_was() -> None:
    mark = mark_after(event())
    assert (mark.next_offset, mark.time_ms) == (42, 7)
    assert from_commit(42, to_metadata(TOPIC, mark)) == Commit(TOPIC, mark)
    assert len(to_metadata(TOPIC, mark)) < 200


@pytest.mark.parametrize("metadata", ["", "by hand", "[1]", "null"])
def test_what_others_commit_has_no_mark(metadata: str) -> None:
    assert from_commit(42, metadata) == Commit("", Mark(42))


@pytest.mark.parametrize(
    "changes",
    [{"key": b"owner/else"}, {"key": None}, {"headers": [("ce_id", b"2")]}, {"headers": [("ce_id", None)]}],
)
def test_another_event_has_another_mark(changes: dict[str, object]) -> None:
    assert mark_after(event(**changes)).digest != mark_after(event()).digest
