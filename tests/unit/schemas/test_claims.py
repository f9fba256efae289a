"""What a token says comes back as it went, and never grants more than its role may do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.claims import DEVICE_SCOPES, SCOPES, Claims, Role

_ROLES: list[Role] = ["admin", "client"]


@st.composite
def claims(draw: st.DrawFn) -> Claims:
    role = draw(st.sampled_from(_ROLES))
    device_id = draw(st.none() | st.uuids()) if role == "client" else None
    session_id = draw(st.none() | st.uuids()) if device_id is None else None
    may = SCOPES[role] if device_id is None else DEVICE_SCOPES
    scopes = draw(st.frozensets(st.sampled_from(sorted(may))))
    return Claims(draw(st.uuids()), role, scopes, draw(st.text(min_size=1)), device_id, session_id)


def jwt(said: Claims) -> dict[str, object]:
    return said.to_jwt(issuer="i", audience="a", issued_at=1, expires_at=2)


@given(claims())
def test_claims_come_back_as_they_went(said: Claims) -> None:
    assert Claims.from_jwt(jwt(said)) == said


def test_admins_and_clients_share_no_right() -> None:
    assert not SCOPES["admin"] & SCOPES["client"]


@given(claims(), st.sampled_from(_ROLES))
def test_scopes_beyond_the_role_are_dropped(said: Claims, role: Role) -> None:
    everything = " ".join(SCOPES["admin"] | SCOPES["client"] | DEVICE_SCOPES | {"more"})
    role = role if said.device_id is None else "client"
    received = Claims.from_jwt(jwt(said) | {"role": role, "scope": everything})
    assert received.scopes == (SCOPES[role] if said.device_id is None else DEVICE_SCOPES)


def test_a_device_never_reads_values() -> None:
    assert {"ecgs:write", "ecgs:status"} == DEVICE_SCOPES


@pytest.mark.parametrize(
    "change",
    [
        {"role": "root"},
        {"role": None},
        {"role": ["admin"]},
        {"sub": "somebody"},
        {"sub": None},
        {"sub": 17},
        {"sid": "today"},
        {"token_use": None},
        {"token_use": "refresh"},
        {"token_use": "device"},
        {"token_use": "device", "device_id": "monitor"},
        {"token_use": "device", "device_id": "6f1e1d2c-3b4a-4958-8776-a5b4c3d2e1f0", "role": "admin"},
    ],
)
def test_a_malformed_claim_is_refused(change: dict[str, object]) -> None:
    said = Claims.from_jwt(
        {"sub": "6f1e1d2c-3b4a-4958-8776-a5b4c3d2e1f0", "role": "client", "token_use": "access"}
    )
    with pytest.raises(ValueError):  # noqa: PT011 - the message is the library's
        Claims.from_jwt(jwt(said) | change)
