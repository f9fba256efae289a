"""What a receipt tells, and which dates and months a list covers."""

import pytest

from query_api.ecgs.by_recording import Window
from query_api.ecgs.finding import is_pending
from schemas.receipts import Receipt
from schemas.stored import month_of
from schemas.times import parse_rfc3339


@pytest.mark.parametrize(
    ("next_offset", "pending"), [(None, True), (0, True), (16, True), (17, True), (18, False), (99, False)]
)
def test_an_upload_is_pending_until_its_own_offset_is_behind(next_offset: int | None, pending: bool) -> None:
    assert is_pending(Receipt("cluster/ecg.uploaded.v1", 3, 17, "ab" * 32), next_offset) is pending


def test_a_window_without_ends_covers_every_date_there_can_be() -> None:
    window = Window.of(None, None)

    assert month_of(window.since) == "0001-01"
    assert month_of(window.before - 1) == "9999-12"
    assert not window.is_empty


@pytest.mark.parametrize(
    ("since", "before", "empty"), [(5, 5, True), (6, 5, True), (5, 6, False), (None, -(2**62), True)]
)
def test_a_window_may_hold_no_date(since: int | None, before: int | None, empty: bool) -> None:
    assert Window.of(since, before).is_empty is empty


def test_what_no_date_can_be_is_cut_off() -> None:
    since = parse_rfc3339("0001-01-01T00:00:00+23:59")
    before = parse_rfc3339("9999-12-31T23:59:59-23:59")

    assert Window.of(since, before) == Window.of(None, None)


def test_months_are_those_of_utc() -> None:
    assert month_of(parse_rfc3339("2026-12-01T00:30:00+01:00")) == "2026-11"
