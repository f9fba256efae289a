"""What counts as a retry of what was answered."""

from dataclasses import replace
from uuid import UUID

import pytest

from schemas.uploaded import Provenance
from stream_processor import recent_answers
from stream_processor.recent_answers import RecentAnswers

FIRST = Provenance(UUID(int=1), "ecg-17", "ab" * 32, 1, 1, "client", 3, position=41)
RETRY = replace(FIRST, position=42)


@pytest.fixture
def known() -> RecentAnswers:
    found = RecentAnswers()
    found.remember([FIRST])
    return found


def test_the_same_content_of_the_same_ecg_is_a_retry(known: RecentAnswers) -> None:
    assert known.is_repeated(RETRY)
    assert not known.is_repeated(replace(RETRY, content_hash="cd" * 32))
    assert not known.is_repeated(replace(RETRY, ecg_id="ecg-18"))
    assert not known.is_repeated(replace(RETRY, owner_id=UUID(int=2)))


def test_the_event_that_was_answered_and_what_came_before_it_are_none(known: RecentAnswers) -> None:
    assert not known.is_repeated(FIRST)
    assert not known.is_repeated(replace(FIRST, position=7))


def test_what_is_forgotten_is_answered_again(known: RecentAnswers) -> None:
    known.forget()
    assert not known.is_repeated(RETRY)


def test_what_was_answered_long_ago_is_answered_again(
    known: RecentAnswers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recent_answers, "_SECONDS", 0.0)
    assert not known.is_repeated(RETRY)


def test_of_very_many_the_last_are_known(known: RecentAnswers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent_answers, "_MOST", 2)
    known.remember(replace(FIRST, ecg_id=f"other-{number}") for number in range(2))
    assert not known.is_repeated(RETRY)
    assert known.is_repeated(replace(RETRY, ecg_id="other-0"))
