"""Which weeks hold what arrived after an instant."""

from datetime import UTC, datetime

from query_api.ecgs.by_arrival import begin, weeks
from schemas.times import parse_rfc3339, to_datetime

NOON = parse_rfc3339("2026-11-23T12:00:00Z")
MINUTE = 60_000_000


def test_weeks_are_those_of_iso_from_monday_on_over_the_year() -> None:
    found = weeks(datetime(2026, 12, 27, 23, 59, tzinfo=UTC), datetime(2027, 1, 4, tzinfo=UTC))
    assert [week for week, _ in found] == ["2026-W52", "2026-W53", "2027-W01"]
    assert found[1][1] == parse_rfc3339("2026-12-28T00:00:00Z")


def test_there_is_no_week_after_the_last() -> None:
    assert weeks(datetime(2027, 1, 4, tzinfo=UTC), datetime(2026, 12, 27, tzinfo=UTC)) == []


def test_a_visit_begins_earlier_than_what_was_asked_for() -> None:
    assert begin(NOON - MINUTE, now=NOON) == (NOON - 11 * MINUTE, "~", NOON)


def test_a_visit_of_the_future_begins_before_now() -> None:
    assert begin(NOON + 20 * MINUTE, now=NOON) == (NOON - 10 * MINUTE, "~", NOON)


def test_a_visit_begins_within_what_can_be() -> None:
    for text in ("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"):
        visit = begin(parse_rfc3339(text), now=NOON)
        assert 2024 <= to_datetime(visit.received_at).year <= 2026
