"""What is under way is bounded and shared: an owner may hold as much as it leaves free."""

from collections.abc import Sequence
from contextlib import ExitStack
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.problems import TooManyRequestsError, UnavailableError
from service_kit.callers.admission import Admission, Place

ANN, BEN, CID = uuid4(), uuid4(), uuid4()
MANY = 1_000_000


def admitted(admission: Admission, owner: UUID, stack: ExitStack) -> int:
    """How many requests of an owner are taken until one is refused."""
    taken = 0
    while True:
        try:
            stack.enter_context(admission.place(owner))
        except TooManyRequestsError:
            return taken
        taken += 1


def test_one_alone_gets_half_and_leaves_something_to_everyone_after() -> None:
    admission = Admission(max_requests=12, max_bytes=MANY)
    with ExitStack() as stack:
        assert [admitted(admission, owner, stack) for owner in (ANN, BEN, CID)] == [6, 3, 1]


def test_what_has_ended_is_free_again() -> None:
    admission = Admission(max_requests=12, max_bytes=100)
    for _ in range(3):
        with ExitStack() as stack:
            assert admitted(admission, ANN, stack) == 6
        with admission.place(ANN) as place:
            place.hold(100)


def test_beyond_all_places_nobody_is_taken() -> None:
    admission = Admission(max_requests=2, max_bytes=MANY)
    with admission.place(ANN), admission.place(BEN):
        with pytest.raises(UnavailableError) as refused, admission.place(CID):
            pass
        assert refused.value.retry_after == 1


def test_an_owners_only_request_may_hold_whatever_is_free() -> None:
    admission = Admission(max_requests=10, max_bytes=100)
    with admission.place(ANN) as first, admission.place(ANN) as second, admission.place(BEN) as other:
        first.hold(60)
        first.hold(80)
        other.hold(20)
        with pytest.raises(UnavailableError):
            other.hold(21)
        with pytest.raises(UnavailableError):
            second.hold(1)
        other.hold(0)
        with pytest.raises(TooManyRequestsError):
            second.hold(1)
        first.hold(10)
        second.hold(35)
        other.hold(55)


def test_who_was_refused_bytes_holds_what_it_held() -> None:
    admission = Admission(max_requests=10, max_bytes=100)
    with admission.place(ANN) as place:
        place.hold(90)
        with pytest.raises(UnavailableError):
            place.hold(101)
        with admission.place(BEN) as other:
            other.hold(10)
    with admission.place(CID) as whole:
        whole.hold(100)


@given(st.lists(st.tuples(st.sampled_from([ANN, BEN, CID]), st.integers(0, 60)), max_size=40))
def test_whatever_is_asked_the_bounds_hold_and_all_comes_back(asked: Sequence[tuple[UUID, int]]) -> None:
    admission = Admission(max_requests=8, max_bytes=100)
    with ExitStack() as stack:
        held: list[int] = []
        for owner, wanted in asked:
            place = Place(admission, owner)
            try:
                stack.enter_context(place)
                held.append(0)
                place.hold(wanted)
                held[-1] = wanted
            except (TooManyRequestsError, UnavailableError):
                continue
        assert len(held) <= 8
        assert sum(held) <= 100
    with admission.place(ANN) as place:
        place.hold(100)
