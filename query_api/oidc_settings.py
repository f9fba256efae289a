"""What the query API is told of an external OpenID Connect provider, where there is one."""

from ipaddress import ip_address
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator
from pydantic_settings import NoDecode

from service_kit.settings import ExistingFile, ServiceSettings


def is_private(address: str) -> bool:
    """Whether what goes to this URL is heard by nobody else: by TLS, or without leaving the machine."""
    try:
        url = urlsplit(address)
        host = url.hostname
        return bool(host) and (url.scheme == "https" or (url.scheme == "http" and _is_loopback(host)))
    except ValueError:
        return False


def _is_loopback(host: str | None) -> bool:
    return host == "localhost" or ip_address(host or "").is_loopback


def _url(given: str) -> str:
    url = urlsplit(given)
    if not is_private(given) or url.query or url.fragment or url.username is not None:
        raise ValueError("should be an https URL without a query; http is for this machine's own addresses")
    return given


def _redirects(listed: str) -> tuple[str, ...]:
    found = _listed(listed)
    for one in found:
        url = urlsplit(one)
        # A scheme of an application's own has a dot (RFC 8252, section 7.1).
        if url.fragment or "*" in one or not (is_private(one) or "." in url.scheme):
            raise ValueError("should be whole addresses without a fragment, with commas between")
    return found


def _listed(text: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in text.split(",") if one.strip())


Listed = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)]
Redirects = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_redirects)]


class OidcSettings(ServiceSettings):
    """Of the provider, of who it may let in, and as what. docs/openid-connect.md says how to set it up."""

    oidc_issuer: Annotated[str, AfterValidator(_url)] | None = None
    """The provider's issuer, to the letter; unset: there is none."""
    oidc_client_id: str | None = None
    """What this system is called there; a token for anybody else is refused."""
    oidc_client_secret: SecretStr | None = None
    """Unset: the provider knows this system as a public client."""
    oidc_ca_file: ExistingFile | None = None
    """The authority of the provider's certificate, where it is none of the usual."""
    oidc_scopes: str = "openid email profile"

    oidc_redirects: Redirects = Field(default=(), validate_default=False)
    """Addresses of applications to which a browser may come back from a sign-in, comma-separated, to the letter."""
    oidc_parties: Listed = Field(default=(), validate_default=False)
    """Other clients of the provider whose tokens for this system may be exchanged, comma-separated."""

    oidc_groups_claim: str = "groups"
    """The claim that lists a user's groups or roles; ``realm_access.roles`` is the one inside the other."""
    oidc_admin_groups: Listed = Field(default=(), validate_default=False)
    """Groups whose members are admins, comma-separated; unset: the provider decides of nobody's role."""
    oidc_client_groups: Listed = Field(default=(), validate_default=False)
    """Groups whose members are clients, comma-separated; unset: everybody whom the provider signs in."""

    oidc_new_users: bool = False
    """Whether who is not known here is made a user."""
    oidc_link_users: bool = False
    """Whether a user of before is signed in by the provider as well, where it has verified their address."""
    oidc_trust_emails: bool = False
    """Whether a new user may have an address of which the provider does not say whether it was verified."""

    oidc_session_hours: Annotated[int, Field(ge=1, le=8_760)] = 12
    """How long who signed in by the provider goes on by refresh tokens; so long goes on who was ended there alone."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        told = any(name.startswith("oidc_") for name in self.model_fields_set)
        if told and None in (self.oidc_issuer, self.oidc_client_id):
            raise ValueError("what begins with ECG_OIDC_ needs ECG_OIDC_ISSUER and ECG_OIDC_CLIENT_ID")
        if "openid" not in self.oidc_scopes.split():
            raise ValueError("ECG_OIDC_SCOPES should have openid among them")
        return self
