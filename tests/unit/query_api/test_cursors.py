"""Cursors: what was made is read, and nothing else is."""

import base64
import stat
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from query_api.cursors import Cursors, Place, load_cursor_key

KEY = bytes(range(32))
OWNER, OTHER = UUID(int=1), UUID(int=2)
cursors = Cursors(KEY)
positions = st.tuples(st.integers(-(2**63), 2**63 - 1), st.text("abz09._:-", max_size=128))


@given(positions, st.uuids(), st.text(max_size=60))
def test_a_cursor_holds_its_position(position: tuple[int, str], owner: UUID, filters: str) -> None:
    assert cursors.decode(cursors.encode(owner, filters, position), owner, filters, Place) == position


@given(positions)
def test_a_cursor_is_of_one_owner_one_list_and_one_key(position: tuple[int, str]) -> None:
    text = cursors.encode(OWNER, "ecgs/1/2", position)

    for reader, owner, filters in (
        (cursors, OTHER, "ecgs/1/2"),
        (cursors, OWNER, "ecgs/1/3"),
        (cursors, OWNER, "users"),
        (Cursors(bytes(32)), OWNER, "ecgs/1/2"),
    ):
        with pytest.raises(ValueError, match="not a cursor"):
            reader.decode(text, owner, filters, Place)


@given(st.data())
def test_a_changed_cursor_is_none(data: st.DataObject) -> None:
    text = cursors.encode(OWNER, "", (7, "ecg-17"))
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(
        st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/ é")
    )

    if other != text[at]:
        with pytest.raises(ValueError, match="not a cursor"):
            cursors.decode(text[:at] + other + text[at + 1 :], OWNER, "", Place)


@given(st.text(max_size=600))
def test_any_other_text_is_no_cursor(text: str) -> None:
    with pytest.raises(ValueError, match="not a cursor"):
        cursors.decode(text, OWNER, "", Place)


def test_the_filters_cannot_be_shifted_into_the_position() -> None:
    text = cursors.encode(OWNER, "a", (1, "b"))
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    shifted = base64.urlsafe_b64encode(raw[1:]).rstrip(b"=").decode()

    with pytest.raises(ValueError, match="not a cursor"):
        cursors.decode(shifted, OWNER, "a[", Place)


def test_the_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    key = load_cursor_key(tmp_path / "keys")

    assert len(key) == 32
    assert load_cursor_key(tmp_path / "keys") == key
    assert stat.S_IMODE((tmp_path / "keys" / "cursors.key").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
