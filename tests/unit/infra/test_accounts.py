import stat
from pathlib import Path

import pytest

from infra.access.accounts import FILE_VARIABLE, NAMES, given, kept, read
from infra.errors import SetupError


def test_accounts_are_made_once_for_their_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "accounts.json"
    made = kept(path)
    assert made.keys() == set(NAMES)
    assert len({*made.values()}) == len(NAMES)
    assert min(map(len, made.values())) == 24
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert kept(path) == made == read(path)


def test_what_was_taken_out_is_made_anew_and_the_rest_stays(tmp_path: Path) -> None:
    path = tmp_path / "accounts.json"
    path.write_text('{"analyst": "as it was", "somebody": "else"}')
    made = kept(path)
    assert (made["analyst"], made["somebody"]) == ("as it was", "else")
    assert made.keys() == {*NAMES, "somebody"}


@pytest.mark.parametrize("content", [None, "no JSON", "[]", '{"operator": 1}', '{"operator": ""}'])
def test_a_file_that_holds_no_accounts_is_said(content: str | None, tmp_path: Path) -> None:
    path = tmp_path / "accounts.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(SetupError, match="accounts"):
        read(path)


def test_nothing_is_given_where_no_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(FILE_VARIABLE, raising=False)
    assert given() is None
    monkeypatch.setenv(FILE_VARIABLE, str(tmp_path / "accounts.json"))
    made = kept(tmp_path / "accounts.json")
    assert given() == made
