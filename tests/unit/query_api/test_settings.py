"""Settings that are wrong stop the start, and are not printed."""

import pytest
from pydantic import ValidationError

from query_api.settings import Settings


def test_the_admins_address_is_a_name_like_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECG_ADMIN_EMAIL", "Admin@Example.com")
    monkeypatch.setenv("ECG_ADMIN_PASSWORD", "long enough, I say")

    assert Settings().admin_email == "admin@example.com"
    assert "long enough, I say" not in repr(Settings())


@pytest.mark.parametrize(
    "environment",
    [
        {"ECG_ADMIN_EMAIL": "admin@example.com"},
        {"ECG_ADMIN_PASSWORD": "s3cret-s3cret"},
        {"ECG_ADMIN_EMAIL": "nobody", "ECG_ADMIN_PASSWORD": "s3cret-s3cret"},
        {"ECG_ADMIN_EMAIL": "admin@example.com", "ECG_ADMIN_PASSWORD": ""},
        {"ECG_ADMIN_EMAIL": "admin@example.com", "ECG_ADMIN_PASSWORD": "s3cret-s3cr"},
        {"ECG_ADMIN_EMAIL": "admin@example.com", "ECG_ADMIN_PASSWORD": "s3cret-admin"},
        {"ECG_TOKEN_MINUTES": "600"},
    ],
)
def test_what_is_wrong_is_named_and_no_secret_shown(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]
) -> None:
    for name in ("ECG_ADMIN_EMAIL", "ECG_ADMIN_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    with pytest.raises(ValidationError) as raised:
        Settings()

    assert "s3cret" not in str(raised.value)
