"""What is told of a provider is whole and safe, or stops the start."""

import pytest
from pydantic import ValidationError

from query_api.settings import Settings

PROVIDER = {"ECG_OIDC_ISSUER": "https://idp.example/realms/ward", "ECG_OIDC_CLIENT_ID": "ecg"}
ADMIN = {"ECG_ADMIN_EMAIL": "admin@example.com", "ECG_ADMIN_PASSWORD": "long enough, I say"}


def settings(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]) -> Settings:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return Settings()


def test_lists_are_read_and_the_issuer_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    told = settings(
        monkeypatch,
        PROVIDER
        | ADMIN
        | {
            "ECG_OIDC_ISSUER": "https://tenant.example/",
            "ECG_OIDC_CLIENT_SECRET": "s3cret-s3cret",
            "ECG_OIDC_REDIRECTS": "https://app.example/back?a=1, http://localhost:3000/, org.example.app:/back",
            "ECG_OIDC_CLIENT_GROUPS": "ward, holter service",
            "ECG_PASSWORDS_OF": "first_admin",
        },
    )

    assert told.oidc_issuer == "https://tenant.example/"
    assert told.oidc_redirects == (
        "https://app.example/back?a=1",
        "http://localhost:3000/",
        "org.example.app:/back",
    )
    assert told.oidc_client_groups == ("ward", "holter service")
    assert "s3cret" not in repr(told)


@pytest.mark.parametrize(
    "wrong",
    [
        {"ECG_OIDC_ISSUER": "http://idp.example"},
        {"ECG_OIDC_ISSUER": "http://127.0.0.1.idp.example"},
        {"ECG_OIDC_ISSUER": "https://user:password@idp.example"},
        {"ECG_OIDC_ISSUER": "https://idp.example/?realm=ward"},
        {"ECG_OIDC_ISSUER": "idp.example"},
        {"ECG_OIDC_REDIRECTS": "https://app.example/*"},
        {"ECG_OIDC_REDIRECTS": "https://app.example/#signed-in"},
        {"ECG_OIDC_REDIRECTS": "http://app.example/"},
        {"ECG_OIDC_REDIRECTS": "javascript:alert(1)"},
        {"ECG_OIDC_REDIRECTS": "/back"},
        {"ECG_OIDC_SCOPES": "profile email"},
        {"ECG_OIDC_SESSION_HOURS": "0"},
        {"ECG_OIDC_CA_FILE": "/nowhere"},
        {"ECG_PASSWORDS_OF": "nobody"},
        {"ECG_PASSWORDS_OF": "first_admin"},
    ],
    ids=str,
)
def test_what_is_not_safe_is_not_taken(monkeypatch: pytest.MonkeyPatch, wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        settings(monkeypatch, PROVIDER | wrong)


def test_half_a_provider_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for half in (
        {"ECG_OIDC_ISSUER": "https://idp.example"},
        {"ECG_OIDC_CLIENT_ID": "ecg"},
        {"ECG_OIDC_NEW_USERS": "true"},
    ):
        with pytest.raises(ValidationError, match="needs ECG_OIDC_ISSUER and ECG_OIDC_CLIENT_ID"):
            settings(monkeypatch, half)
        for name in half:
            monkeypatch.delenv(name)
    with pytest.raises(ValidationError, match="needs ECG_OIDC_ISSUER"):
        settings(monkeypatch, ADMIN | {"ECG_PASSWORDS_OF": "first_admin"})
