"""An owner may hold as much as it leaves free, and there is always something left for the next."""

from collections.abc import Hashable
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.problems import Problem, TooManyRequestsError, UnavailableError
from service_kit.callers.shares import Shares

ANN, BEN, CID = uuid4(), uuid4(), uuid4()


def taken(shares: Shares, owner: Hashable | None) -> int:
    """How many places an owner gets until one is refused."""
    for count in range(1_000):
        try:
            shares.take(owner)
        except Problem:
            return count
    raise AssertionError


def test_one_alone_gets_half_and_leaves_something_to_everyone_after() -> None:
    shares = Shares(12, "places")
    assert [taken(shares, owner) for owner in (ANN, BEN, CID)] == [6, 3, 1]


def test_of_nobody_there_may_be_as_many_as_there_are() -> None:
    shares = Shares(12, "places")
    assert taken(shares, ANN) == 6
    assert taken(shares, None) == 6
    with pytest.raises(UnavailableError, match="too many places"):
        shares.take(BEN)


def test_who_is_refused_hears_whose_places_they_are() -> None:
    shares = Shares(2, "places")
    for owner, whose in ((ANN, "user"), ("192.0.2.1", "address")):
        shares.take(owner)
        with pytest.raises(TooManyRequestsError, match=f"of this {whose}"):
            shares.take(owner)
        shares.give_back(owner)


def test_who_holds_another_place_beside_does_not_count() -> None:
    waits = Shares(100, "waits")
    shares = Shares(4, "requests", besides=waits)
    for _ in range(10):
        shares.take(ANN)
        waits.take(ANN)
    assert taken(shares, ANN) == 2
    assert taken(shares, BEN) == 1
    # They have waited long enough.
    for _ in range(10):
        waits.give_back(ANN)
    with pytest.raises(UnavailableError):
        shares.take(CID)


@given(st.integers(0, 20), st.lists(st.sampled_from([ANN, BEN, CID, None]), max_size=60))
def test_what_is_given_back_is_free(limit: int, owners: list[Hashable | None]) -> None:
    shares = Shares(limit, "places")
    held = []
    for owner in owners:
        room = shares.has_room(owner)
        try:
            shares.take(owner)
            held.append(owner)
        except Problem:
            assert not room
        else:
            assert room
        assert shares.total == len(held) <= limit
        assert shares.held(owner) == held.count(owner)
    for owner in held:
        shares.give_back(owner)
    assert shares.total == 0
    assert all(shares.held(owner) == 0 for owner in owners)
