"""Signing in by an external provider: what is put together for it, and what it takes until there is a session."""

from dataclasses import dataclass
from pathlib import Path

from query_api.oidc.calls import Calls
from query_api.oidc.flow import Flow
from query_api.oidc.judging import Expected
from query_api.oidc.provider import Provider
from query_api.oidc.sealing import Seals
from query_api.oidc_settings import OidcSettings
from query_api.users.provided import ProvidedUsers

CALLBACK_PATH = "/v1/oidc/callback"


@dataclass(frozen=True, slots=True)
class SignInsByProvider:
    """`redirects`: where browsers may be sent in the end. `callback`: where the provider sends them. `seconds`: how
    long a session lasts.
    """

    flow: Flow
    users: ProvidedUsers
    redirects: tuple[str, ...]
    callback: str
    seconds: int


def by_provider(
    settings: OidcSettings, folder: Path, calls: Calls | None, users: ProvidedUsers
) -> SignInsByProvider | None:
    """All of it, where there is a provider to ask. Raises OSError where the folder of keys cannot be used."""
    issuer, client_id = settings.oidc_issuer, settings.oidc_client_id
    if issuer is None or client_id is None or calls is None:
        return None
    expected = Expected(issuer, client_id, frozenset(settings.oidc_parties), settings.oidc_groups_claim)
    callback = settings.query_url.rstrip("/") + CALLBACK_PATH
    flow = Flow(Provider(settings, issuer, client_id, calls), Seals(folder), expected, callback)
    seconds = settings.oidc_session_hours * 3600
    return SignInsByProvider(flow, users, settings.oidc_redirects, callback, seconds)
