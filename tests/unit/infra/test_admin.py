import io
import stat
from pathlib import Path

import pytest

from infra.console import Console
from infra.errors import SetupError
from infra.local.admin import DEFAULT_ADMIN_EMAIL, Account, first_admin


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("ECG_ADMIN_EMAIL", raising=False)
    monkeypatch.delenv("ECG_ADMIN_PASSWORD", raising=False)
    return tmp_path / "admin.json"


def ask(path: Path) -> tuple[Account, str]:
    out = io.StringIO()
    return first_admin(path, Console(out)), out.getvalue()


def test_a_generated_password_is_shown_once_and_kept_for_its_owner_only(path: Path) -> None:
    first, shown = ask(path)
    second, shown_again = ask(path)

    assert first == second
    assert first.email == DEFAULT_ADMIN_EMAIL
    assert first.password in shown
    assert shown_again == ""
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_given_account_is_never_shown(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECG_ADMIN_EMAIL", "root@example.com")
    monkeypatch.setenv("ECG_ADMIN_PASSWORD", "a password of mine")

    account, shown = ask(path)

    assert account == Account("root@example.com", "a password of mine")
    assert shown == ""
    assert "password of mine" not in repr(account)


def test_half_an_account_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECG_ADMIN_EMAIL", "root@example.com")
    with pytest.raises(SetupError, match="or neither"):
        ask(path)


def test_a_short_password_is_refused_and_not_repeated(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECG_ADMIN_EMAIL", "root@example.com")
    monkeypatch.setenv("ECG_ADMIN_PASSWORD", "much2short")
    with pytest.raises(SetupError, match="at least 12 characters") as raised:
        ask(path)
    assert "much2short" not in str(raised.value)


def test_an_easily_guessed_password_is_refused_and_not_repeated(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECG_ADMIN_EMAIL", "root@example.com")
    monkeypatch.setenv("ECG_PASSWORD_WORDS", "Brightwater")
    for password in ("passwordpassword", "root-brightwater"):
        monkeypatch.setenv("ECG_ADMIN_PASSWORD", password)
        with pytest.raises(SetupError, match="easily guessed") as raised:
            ask(path)
        assert password not in str(raised.value)


def test_a_changed_password_takes_the_place_of_the_one_before(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECG_ADMIN_EMAIL", "root@example.com")
    for password in ("one of twelve", "another of twelve"):
        monkeypatch.setenv("ECG_ADMIN_PASSWORD", password)
        ask(path)
    monkeypatch.delenv("ECG_ADMIN_EMAIL")
    monkeypatch.delenv("ECG_ADMIN_PASSWORD")
    account, _ = ask(path)
    assert account == Account("root@example.com", "another of twelve")
