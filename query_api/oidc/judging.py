"""Judges tokens of the provider's, as OpenID Connect Core 1.0, section 3.1.3.7, and RFC 8725 ask. Knows no network."""

import hmac
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jwt

from schemas.claims import Role
from schemas.problems import UnauthenticatedError

# By a public key alone, and not by more than are in use: neither `none` nor what is signed by a shared secret.
ALGORITHMS = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)
# A logout token has the same issuer and audience, and lets nobody in.
_TYPES = frozenset({None, "jwt", "at+jwt"})
_REQUIRED = ("iss", "sub", "aud", "exp", "iat")
# What clocks of two hosts may differ by.
_LEEWAY_SECONDS = 30
# However long it is good for its provider: who was ended there stays ended here.
_OLDEST_SECONDS = 86_400
# OpenID Connect Core, section 2.
_MAX_SUBJECT = 255


class ProviderTokenRefusedError(UnauthenticatedError):
    """A token, or a code, of the provider's proves nothing. The detail says why, and repeats nothing of it."""


@dataclass(frozen=True, slots=True)
class Person:
    """Whom the provider has signed in. `subject`: their name there, which is never another's.

    `verified`: whether the provider has verified the address; None: it does not say.
    """

    issuer: str
    subject: str
    email: str | None
    verified: bool | None
    groups: frozenset[str]


@dataclass(frozen=True, slots=True)
class Expected:
    """Of whom a token is taken, for whom, and handed out to which clients of the provider."""

    issuer: str
    client_id: str
    parties: frozenset[str]
    groups_claim: str


def header_of(token: str) -> Mapping[str, Any]:
    """What a token says of how it was signed. Raises ProviderTokenRefusedError for what cannot be one."""
    try:
        header = jwt.get_unverified_header(token)
    except jwt.PyJWTError:
        raise ProviderTokenRefusedError("it is no token") from None
    kind = header.get("typ")
    if header.get("alg") not in ALGORITHMS or (kind.lower() if isinstance(kind, str) else kind) not in _TYPES:
        raise ProviderTokenRefusedError("it is signed in a way, or of a kind, that is not taken")
    return header


def fitting(keys: Sequence[jwt.PyJWK], header: Mapping[str, Any]) -> jwt.PyJWK | None:
    """The key that a header names; the only one that can be meant, where it names none."""
    named = header.get("kid")
    found = [
        key
        for key in keys
        if key.algorithm_name == header["alg"]
        and key.public_key_use in (None, "sig")
        and named in (None, key.key_id)
    ]
    return found[0] if len(found) == 1 else None


def judged(token: str, key: jwt.PyJWK, expected: Expected, *, nonce: str | None = None) -> Person:
    """Whom a token is about, which is good and was signed by this key. `nonce`: what it has to repeat, if anything.

    Raises ProviderTokenRefusedError.
    """
    try:
        claims = jwt.decode(
            token,
            key,
            algorithms=[key.algorithm_name],
            audience=expected.client_id,
            issuer=expected.issuer,
            leeway=_LEEWAY_SECONDS,
            options={"require": list(_REQUIRED), "enforce_minimum_key_length": True},
        )
        if claims["iat"] < time.time() - _OLDEST_SECONDS:
            raise jwt.InvalidIssuedAtError
    except jwt.ExpiredSignatureError:
        raise ProviderTokenRefusedError("the provider's token has expired") from None
    except jwt.InvalidAudienceError:
        raise ProviderTokenRefusedError("the provider's token is for somebody else") from None
    except (jwt.PyJWTError, ValueError, OverflowError, TypeError):
        raise ProviderTokenRefusedError("the provider's token is not valid here") from None
    _require_party(claims, expected)
    if "events" in claims:
        raise ProviderTokenRefusedError("it is signed in a way, or of a kind, that is not taken")
    if nonce is not None and not hmac.compare_digest(str(claims.get("nonce")).encode(), nonce.encode()):
        raise ProviderTokenRefusedError("the provider's token is of another sign-in")
    if not 0 < len(claims["sub"]) <= _MAX_SUBJECT:
        raise ProviderTokenRefusedError("the provider's token names nobody")
    email, verified = claims.get("email"), claims.get("email_verified")
    return Person(
        expected.issuer,
        claims["sub"],
        email if isinstance(email, str) else None,
        # Some say it as text.
        None if verified is None else verified in (True, "true"),
        _groups(claims, expected.groups_claim),
    )


def role_of(person: Person, admins: Collection[str], clients: Collection[str]) -> Role | None:
    """What the provider makes of somebody: an admin before a client; None: neither."""
    if not person.groups.isdisjoint(admins):
        return "admin"
    return "client" if not clients or not person.groups.isdisjoint(clients) else None


def _require_party(claims: Mapping[str, Any], expected: Expected) -> None:
    """Whoever a token was handed out to may bring it: nobody takes in what somebody gave to another application."""
    party = claims.get("azp")
    if party is None:
        single = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
        party = single[0] if len(single) == 1 else None
    if not isinstance(party, str) or party not in {expected.client_id, *expected.parties}:
        raise ProviderTokenRefusedError(
            "the provider's token was given to an application that is not named here"
        )


def _groups(claims: Mapping[str, Any], name: str) -> frozenset[str]:
    found: Any = claims.get(name)
    if found is None:
        # Of names with dots in them, such as Keycloak's `realm_access.roles`.
        found = claims
        for part in name.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
    listed = [found] if isinstance(found, str) else found
    return (
        frozenset(one for one in listed if isinstance(one, str)) if isinstance(listed, list) else frozenset()
    )
