"""What a browser carries: only the one that began goes on, only to where it was to go, and only for a while."""

import asyncio
import base64
import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.fernet import Fernet

from query_api.oidc.calls import Calls
from query_api.oidc.flow import Flow, challenge_of
from query_api.oidc.judging import Expected, ProviderTokenRefusedError
from query_api.oidc.provider import Provider
from query_api.oidc.sealing import BEGUN_SECONDS, Begun, Code, Seals
from query_api.oidc_settings import OidcSettings
from schemas.problems import UnauthenticatedError

ISSUER = "https://idp.example"
APPLICATION = "https://app.example/back?tab=2"
VERIFIER = "v" * 43
BEGUN = Begun(
    "s" * 43, "nonce", "verifier", APPLICATION, challenge_of(VERIFIER), "ecgs:read", "the app's own"
)


@pytest.fixture
def seals(tmp_path: Path) -> Seals:
    return Seals(tmp_path)


@pytest.fixture
def flow(seals: Seals) -> Flow:
    """Nothing here asks the provider."""
    settings = OidcSettings(oidc_issuer=ISSUER, oidc_client_id="ecg")
    provider = Provider(settings, ISSUER, "ecg", Calls(None))
    return Flow(provider, seals, Expected(ISSUER, "ecg", frozenset(), "groups"), "https://ecg.example/back")


def test_the_browser_that_began_goes_on_to_the_application(flow: Flow, seals: Seals) -> None:
    address = flow.go_on(BEGUN.state, seals.seal(BEGUN), code="theirs", issuer=ISSUER)

    said = parse_qs(urlsplit(address).query)
    assert address.startswith("https://app.example/back?tab=2&")
    assert said["state"] == ["the app's own"]
    assert seals.open(said["code"][0], Code, 60) == Code(
        "theirs", "nonce", "verifier", APPLICATION, challenge_of(VERIFIER), "ecgs:read"
    )
    assert "theirs" not in address


def test_who_was_not_signed_in_goes_on_with_an_error(flow: Flow, seals: Seals) -> None:
    address = flow.go_on(BEGUN.state, seals.seal(BEGUN), code=None, issuer=None)

    assert parse_qs(urlsplit(address).query) == {
        "tab": ["2"],
        "error": ["access_denied"],
        "state": ["the app's own"],
    }


def test_no_other_browser_goes_on(flow: Flow, seals: Seals, tmp_path: Path) -> None:
    kept = seals.seal(BEGUN)
    sealed_elsewhere = Seals(tmp_path / "other").seal(BEGUN)
    code = seals.seal(Code("theirs", "nonce", "verifier", APPLICATION, challenge_of(VERIFIER), ""))
    for state, cookie, issuer in [
        ("t" * 43, kept, None),
        ("é", kept, None),
        (BEGUN.state, "", None),
        (BEGUN.state, "é", None),
        (BEGUN.state, kept[:-4] + "AAAA", None),
        (BEGUN.state, sealed_elsewhere, None),
        (BEGUN.state, code, None),
        (BEGUN.state, kept, "https://another.example"),
    ]:
        with pytest.raises(UnauthenticatedError):
            flow.go_on(state, cookie, code="theirs", issuer=issuer)


def test_nobody_goes_on_after_a_while(tmp_path: Path, seals: Seals) -> None:
    fernet = Fernet((tmp_path / "oidc.key").read_bytes())
    content = fernet.decrypt(seals.seal(BEGUN))
    old = fernet.encrypt_at_time(content, 1_700_000_000).decode()
    with pytest.raises(ValueError, match="sealed"):
        seals.open(old, Begun, BEGUN_SECONDS)


def test_what_is_carried_cannot_be_read(seals: Seals) -> None:
    carried = base64.urlsafe_b64decode(seals.seal(BEGUN))
    assert json.dumps(BEGUN.verifier).encode() not in carried


@pytest.mark.parametrize(
    ("verifier", "address"), [("w" * 43, APPLICATION), (VERIFIER, "https://app.example/back")]
)
def test_a_code_is_of_the_application_that_began(
    flow: Flow, seals: Seals, verifier: str, address: str
) -> None:
    code = seals.seal(Code("theirs", "nonce", "verifier", APPLICATION, challenge_of(VERIFIER), ""))
    with pytest.raises(ProviderTokenRefusedError):
        asyncio.run(flow.person_of_code(code, verifier, address))
    with pytest.raises(ProviderTokenRefusedError):
        asyncio.run(flow.person_of_code("made up", VERIFIER, APPLICATION))
