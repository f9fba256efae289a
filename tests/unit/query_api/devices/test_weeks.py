"""The weeks of what a device sent are each looked into once, the latest first, and none is left out."""

from hypothesis import given
from hypothesis import strategies as st

from query_api.devices.weeks import some_weeks
from schemas.stored import week_of

DAY = 86_400 * 1_000_000
INSTANTS = st.integers(19_700 * DAY, 21_500 * DAY)


@given(INSTANTS, INSTANTS)
def test_every_week_between_two_instants_is_looked_into_once(one: int, other: int) -> None:
    since, last = sorted((one, other))
    found: list[str] = []
    at: int | None = last
    while at is not None:
        weeks, later = some_weeks(since, at)
        found += weeks
        at = None if later is None else later.number
    expected = {week_of(instant) for instant in range(since, last, DAY)} | {week_of(since), week_of(last)}
    assert (len(found), set(found)) == (len(expected), expected)
    assert found == sorted(found, reverse=True)


def test_before_a_device_was_made_there_is_nothing() -> None:
    assert some_weeks(20_000 * DAY, 19_000 * DAY) == ([], None)
