"""The provider: its own description (OpenID Connect Discovery 1.0), its keys, and what it gives for a code."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import jwt
import msgspec

from query_api.oidc.calls import Calls, away
from query_api.oidc.judging import ProviderTokenRefusedError, fitting
from query_api.oidc.remembering import Remembered
from query_api.oidc_settings import OidcSettings, is_private

_WELL_KNOWN = "/.well-known/openid-configuration"
# Large providers publish some ten; each may be tried by no more than its name.
_MAX_KEYS = 100
_CODE_GRANT = "authorization_code"


class Metadata(msgspec.Struct, frozen=True):
    """What is needed of a discovery document."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)


class Provider:
    """Every method raises ProviderAwayError while the provider does not answer as it should. Nothing is asked before it
    is needed.
    """

    def __init__(self, settings: OidcSettings, issuer: str, client_id: str, calls: Calls) -> None:
        self._issuer = issuer
        self._client_id = client_id
        self._secret = settings.oidc_client_secret
        self._scopes = settings.oidc_scopes
        self._calls = calls
        self._metadata = Remembered("description", self._describe)
        self._keys = Remembered("keys", self._published)

    async def sign_in_address(self, redirect_uri: str, **asked: str) -> str:
        """Where a browser is sent, to come back to `redirect_uri` with a code."""
        endpoint = (await self._metadata.get()).authorization_endpoint
        sent = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": redirect_uri,
            "scope": self._scopes,
            "code_challenge_method": "S256",
            **asked,
        }
        return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(sent)}"

    async def trade(self, code: str, verifier: str, redirect_uri: str) -> str:
        """The ID token for a code. Raises ProviderTokenRefusedError where the provider takes the code no more."""
        metadata = await self._metadata.get()
        form = {
            "grant_type": _CODE_GRANT,
            "code": code,
            "code_verifier": verifier,
            "redirect_uri": redirect_uri,
        }
        auth = None
        if self._secret is None:
            form["client_id"] = self._client_id
        elif "client_secret_basic" in metadata.token_endpoint_auth_methods_supported:
            # RFC 6749, section 2.3.1: encoded as in a form, and then as HTTP has it.
            auth = quote(self._client_id, safe=""), quote(self._secret.get_secret_value(), safe="")
        else:
            form |= {"client_id": self._client_id, "client_secret": self._secret.get_secret_value()}
        status, answer = await self._calls.post(metadata.token_endpoint, form, auth)
        if status == 400 and answer.get("error") == "invalid_grant":
            raise ProviderTokenRefusedError("the provider takes this code no more")
        token = answer.get("id_token")
        if status != 200 or not isinstance(token, str):
            # It knows this system not as it is set, or is no OpenID provider: who operates it reads the log.
            raise away(f"it answers {status} to a code")
        return token

    async def key_of(self, header: Mapping[str, Any]) -> jwt.PyJWK:
        """The key that a token's header names. Raises ProviderTokenRefusedError where the provider has none such."""
        found = fitting(await self._keys.get(), header) or fitting(await self._keys.renewed(), header)
        if found is None:
            raise ProviderTokenRefusedError("no key of the provider's has signed it")
        return found

    async def _describe(self) -> Metadata:
        document = await self._calls.get(self._issuer.rstrip("/") + _WELL_KNOWN)
        try:
            metadata = msgspec.convert(document, Metadata)
        except msgspec.ValidationError:
            raise away("its description lacks an endpoint") from None
        if metadata.issuer != self._issuer:
            raise away("its description is of another issuer than ECG_OIDC_ISSUER")
        endpoints = metadata.authorization_endpoint, metadata.token_endpoint, metadata.jwks_uri
        if not all(is_private(endpoint) for endpoint in endpoints):
            raise away("its description names an address without TLS")
        return metadata

    async def _published(self) -> list[jwt.PyJWK]:
        document = await self._calls.get((await self._metadata.get()).jwks_uri)
        try:
            # Passes over keys of a kind that it does not know.
            return jwt.PyJWKSet.from_dict({"keys": document["keys"][:_MAX_KEYS]}).keys
        except (jwt.PyJWTError, KeyError, TypeError, ValueError, AttributeError):
            raise away("its keys cannot be read") from None
