"""A sign-in of a browser: the authorization code grant with PKCE (RFC 6749, 7636, 9700), twice.

1. An application sends the browser here, with the address to come back to and a challenge. From here it goes to the
   provider, with a state, a nonce and a challenge of our own, which stay in a cookie.
2. The provider signs the person in and sends the browser back, with a code. Only the browser that has the cookie goes
   on: to the application, with a code of ours that holds the provider's.
3. The application trades our code. Only who made the challenge of step 1 can; and only then is the provider's code
   traded, which the provider does once.
"""

import base64
import hashlib
import hmac
import secrets
from urllib.parse import urlencode, urlsplit

from query_api.oidc.judging import Expected, Person, ProviderTokenRefusedError, header_of, judged
from query_api.oidc.provider import Provider
from query_api.oidc.sealing import BEGUN_SECONDS, CODE_SECONDS, Begun, Code, Seals
from schemas.problems import UnauthenticatedError

# Of each: 256 bits, and no more characters than any provider keeps of a state.
_BYTES = 32


class NotBegunError(UnauthenticatedError):
    """A browser came back that was not sent, or was sent too long ago."""

    def __init__(self) -> None:
        super().__init__("this browser began no such sign-in here, or too long ago: begin anew")


class Flow:
    """Sign-ins by a provider; `callback`: where it sends browsers back to. Raises ProviderAwayError."""

    def __init__(self, provider: Provider, seals: Seals, expected: Expected, callback: str) -> None:
        self._provider = provider
        self._seals = seals
        self._expected = expected
        self._callback = callback

    async def begin(
        self, redirect_uri: str, challenge: str, scope: str, application_state: str | None
    ) -> tuple[str, str, str]:
        """Where the browser goes, the state that it comes back with, and what it has to keep meanwhile."""
        state, nonce, verifier = (secrets.token_urlsafe(_BYTES) for _ in range(3))
        begun = Begun(state, nonce, verifier, redirect_uri, challenge, scope, application_state)
        address = await self._provider.sign_in_address(
            self._callback, state=state, nonce=nonce, code_challenge=challenge_of(verifier)
        )
        return address, state, self._seals.seal(begun)

    def go_on(self, state: str, kept: str, *, code: str | None, issuer: str | None) -> str:
        """Where a browser goes on that came back with these; without a code, the provider has signed nobody in.

        Raises NotBegunError where it is not the one that was sent, or was sent too long ago.
        """
        try:
            begun = self._seals.open(kept, Begun, BEGUN_SECONDS)
        except ValueError:
            raise NotBegunError from None
        if not hmac.compare_digest(begun.state.encode(), state.encode()) or issuer not in (
            None,
            self._expected.issuer,
        ):
            raise NotBegunError
        if code is None:
            said = {"error": "access_denied"}
        else:
            sealed = Code(code, begun.nonce, begun.verifier, begun.redirect_uri, begun.challenge, begun.scope)
            said = {"code": self._seals.seal(sealed)}
        if begun.application_state is not None:
            said["state"] = begun.application_state
        joined = "&" if urlsplit(begun.redirect_uri).query else "?"
        return f"{begun.redirect_uri}{joined}{urlencode(said)}"

    async def person_of_code(self, code: str, verifier: str, redirect_uri: str) -> tuple[Person, str]:
        """Who signed in for this code of ours, and the scopes that were asked for. Raises ProviderTokenRefusedError."""
        try:
            held = self._seals.open(code, Code, CODE_SECONDS)
        except ValueError:
            raise ProviderTokenRefusedError("there is no such code, or it has ended") from None
        if not hmac.compare_digest(challenge_of(verifier), held.challenge):
            raise ProviderTokenRefusedError("the code is another application's")
        if redirect_uri != held.redirect_uri:
            raise ProviderTokenRefusedError("the code went to another address")
        token = await self._provider.trade(held.provider_code, held.verifier, self._callback)
        return await self._judged(token, held.nonce), held.scope

    async def person_of_token(self, token: str) -> Person:
        """Of whom this token of the provider's is. Raises ProviderTokenRefusedError."""
        return await self._judged(token, None)

    async def _judged(self, token: str, nonce: str | None) -> Person:
        key = await self._provider.key_of(header_of(token))
        return judged(token, key, self._expected, nonce=nonce)


def challenge_of(verifier: str) -> str:
    """The challenge that this verifier answers (RFC 7636, section 4.2)."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
