"""What a token says comes back as it went, and never grants more than its role may do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.claims import SCOPES, Claims, Role

_ROLES: list[Role] = ["admin", "client"]


@st.composite
def claims(draw: st.DrawFn) -> Claims:
    role = draw(st.sampled_from(_ROLES))
    scopes = draw(st.frozensets(st.sampled_from(sorted(SCOPES[role]))))
    return Claims(draw(st.uuids()), role, scopes, draw(st.text(min_size=1)))


def jwt(said: Claims) -> dict[str, object]:
    return said.to_jwt(issuer="i", audience="a", issued_at=1, expires_at=2)


@given(claims())
def test_claims_come_back_as_they_went(said: Claims) -> None:
    assert Claims.from_jwt(jwt(said)) == said


def test_admins_and_clients_share_no_right() -> None:
    assert not SCOPES["admin"] & SCOPES["client"]


@given(claims(), st.sampled_from(_ROLES))
def test_scopes_beyond_the_role_are_dropped(said: Claims, role: Role) -> None:
    everything = " ".join(SCOPES["admin"] | SCOPES["client"] | {"more"})
    received = Claims.from_jwt(jwt(said) | {"role": role, "scope": everything})
    assert received.scopes == SCOPES[role]


@pytest.mark.parametrize(
    "change",
    [{"role": "root"}, {"role": None}, {"role": ["admin"]}, {"sub": "somebody"}, {"sub": None}, {"sub": 17}],
)
def test_a_malformed_claim_is_refused(change: dict[str, object]) -> None:
    said = Claims.from_jwt({"sub": "6f1e1d2c-3b4a-4958-8776-a5b4c3d2e1f0", "role": "client"})
    with pytest.raises(ValueError):  # noqa: PT011 - the message is the library's
        Claims.from_jwt(jwt(said) | change)
