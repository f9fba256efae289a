"""What was revoked is held to, of a user the latest, and forgotten once nothing that it ended could be good."""

from uuid import UUID, uuid4

import pytest

from schemas.claims import SCOPES, Claims
from schemas.identity import DeviceRevocation, DeviceRevoked, SessionEnd, SessionEnded, UserChanged, UserState
from service_kit.callers.revocations import Revocations

USER = UUID(int=17)


def issued(at: float) -> Claims:
    return Claims(USER, "client", SCOPES["client"], "token", issued_at=at)


def test_of_a_user_the_latest_holds_in_whatever_order_it_comes() -> None:
    deactivated = UserChanged(USER, UserState(active=False, tokens_from=0.0, changed_at=1))
    reactivated = UserChanged(USER, UserState(active=True, tokens_from=5.0, changed_at=2))
    for order in ((deactivated, reactivated), (reactivated, deactivated)):
        known = Revocations()
        for one in order:
            known.learn(one)
        assert [known.end(issued(at)) for at in (4.9, 5.0, 5.1)] == [True, False, False]


def test_a_token_without_a_session_is_of_no_session_that_ended() -> None:
    known = Revocations()
    known.learn(SessionEnded(uuid4(), SessionEnd(2**40)))
    assert not known.end(issued(1))


def test_what_is_over_is_forgotten_and_the_rest_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service_kit.callers.revocations._LOOK_AFTER", 10)
    known, lost = Revocations(), uuid4()
    known.learn(DeviceRevoked(lost, DeviceRevocation(2**40)))
    known.learn(UserChanged(USER, UserState(active=False, tokens_from=0.0, changed_at=1)))
    for _ in range(1_000):
        known.learn(SessionEnded(uuid4(), SessionEnd(1)))
        known.learn(DeviceRevoked(uuid4(), DeviceRevocation(1)))
    assert len(known) < 50
    assert known.end(issued(1))
    assert known.end(Claims(uuid4(), "client", frozenset(), "token", device_id=lost))
