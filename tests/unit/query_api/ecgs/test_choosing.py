"""Which rows answer, which conflict, and what became of an upload."""

import pytest

from query_api.ecgs.answers import ecg_answer, insights_answer, status_answer
from query_api.ecgs.choosing import UploadStatus, chosen, conflicts, upload
from schemas.positions import position_of
from tests.unit.query_api.ecgs.rows import EARLY, LATE, rejection, row


def test_the_first_accepted_content_answers_and_another_conflicts() -> None:
    rows = [row(position=2, accepted_at=LATE, content_hash="bb"), row()]

    assert chosen(rows) == [rows[1]]
    (conflict,) = conflicts(rows)
    assert (conflict.content_hash, conflict.accepted_at) == ("bb", "2026-11-18T11:06:40.000001Z")


def test_the_log_and_no_clock_says_what_was_first() -> None:
    first, second = row(accepted_at=LATE), row(position=2, accepted_at=EARLY, content_hash="bb")

    assert chosen([second, first]) == [first]
    assert [conflict.accepted_at for conflict in conflicts([second, first])] == ["2026-11-18T11:06:40Z"]


def test_what_was_stored_before_there_were_positions_comes_first_and_answers() -> None:
    old = row(position=EARLY, accepted_at=None, content_hash="bb")
    new = row(position=position_of(1, 0))

    answer = insights_answer("e", [new, old])
    assert (answer.accepted_at, [one.content_hash for one in answer.conflicts]) == (
        "2026-11-18T11:06:40Z",
        ["aa"],
    )


def test_the_same_content_again_is_a_retry_and_no_conflict() -> None:
    rows = [row(), row(position=2, accepted_at=LATE)]

    assert chosen(rows) == [rows[0]]
    assert conflicts(rows) == []


def test_a_conflict_sent_twice_is_shown_once_as_of_its_first_acceptance() -> None:
    rows = [
        row(),
        row(position=2, accepted_at=LATE, content_hash="bb"),
        row(position=4, content_hash="bb"),
        row(position=3, content_hash="ab"),
    ]

    assert [conflict.content_hash for conflict in conflicts(rows)] == ["bb", "ab"]
    assert conflicts(rows)[0].accepted_at == "2026-11-18T11:06:40.000001Z"


def test_computed_beats_an_earlier_rejection() -> None:
    rows = [rejection(), row(position=2, accepted_at=LATE)]

    assert chosen(rows) == [rows[1]]
    assert conflicts(rows) == []


def test_the_first_rejection_answers_where_nothing_was_computed() -> None:
    rows = [rejection(position=2, accepted_at=LATE, reason="second"), rejection(reason="first")]

    assert status_answer("e", rows).reason == "first"
    assert status_answer("e", rows).status == "rejected"
    assert insights_answer("e", rows).insights == []


def test_parts_of_a_segmented_recording_answer_nothing() -> None:
    rows = [row(status="partial", segment=0), row(status="partial", segment=1, content_hash="bb")]

    assert chosen(rows) == []
    assert conflicts(rows) == []


@pytest.mark.parametrize(
    ("content", "became"),
    [
        ("aa", UploadStatus("aa", "computed")),
        ("bb", UploadStatus("bb", "conflict")),
        ("cc", UploadStatus("cc", "rejected", "why")),
        ("dd", None),
    ],
)
def test_rows_tell_what_became_of_an_upload(content: str, became: UploadStatus | None) -> None:
    rows = [
        row(),
        row(position=LATE, content_hash="bb"),
        rejection(position=LATE, content_hash="cc"),
        row(status="partial", segment=0, content_hash="dd"),
    ]
    assert upload(rows, content) == became
    for view in (insights_answer, status_answer, ecg_answer):
        assert (view("e", rows, became).status, view("e", rows, became).upload) == ("computed", became)
