"""An invitation names its user, is never made twice, and is kept as a hash."""

from uuid import uuid4

import pytest

from query_api.users import invitations


def test_it_names_its_user_and_is_never_made_twice() -> None:
    user_id = uuid4()
    made = {invitations.make(user_id) for _ in range(100)}
    assert len(made) == 100
    assert {invitations.user_of(one) for one in made} == {user_id}
    assert {len(one) for one in made} == {48}


def test_what_is_kept_tells_nothing_of_it() -> None:
    text = invitations.make(uuid4())
    assert invitations.hashed(text) == invitations.hashed(text)
    assert text not in invitations.hashed(text)


@pytest.mark.parametrize("text", ["", "a", "a" * 47, "a" * 52, "ä" * 48, " " + "a" * 47])
def test_what_can_be_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an invitation"):
        invitations.user_of(text)
