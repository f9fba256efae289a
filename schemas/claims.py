"""What an access token says: who, in which role, allowed what, until when. Signed elsewhere; here only its shape.

Source: RFC 9068, JWT profile for OAuth 2.0 access tokens.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

Role = Literal["admin", "client"]
Scope = Literal["ecgs:write", "ecgs:read", "users:write", "users:read"]

ALGORITHM = "EdDSA"
DEFAULT_ISSUER = "ecg-insights"
DEFAULT_AUDIENCE = "ecg-insights"
# The longest life that a token is given. A verifier holds every token to it: one that claims more was not signed by
# this system's rules, whoever had the key.
MAX_TOKEN_MINUTES = 60
MAX_TOKEN_SECONDS = MAX_TOKEN_MINUTES * 60

# An admin registers users and neither sends nor reads ECGs; a client does nothing else.
SCOPES: Mapping[Role, frozenset[Scope]] = {
    "admin": frozenset({"users:read", "users:write"}),
    "client": frozenset({"ecgs:read", "ecgs:write"}),
}


@dataclass(frozen=True, slots=True)
class Claims:
    """The claims a service acts on. `token_id`: unique to the token."""

    user_id: UUID
    role: Role
    scopes: frozenset[Scope]
    token_id: str

    def to_jwt(self, *, issuer: str, audience: str, issued_at: int, expires_at: int) -> dict[str, object]:
        """The JWT claims set; instants in seconds since the epoch."""
        return {
            "sub": str(self.user_id),
            "role": self.role,
            "scope": " ".join(sorted(self.scopes)),
            "jti": self.token_id,
            "iss": issuer,
            "aud": audience,
            "iat": issued_at,
            "exp": expires_at,
        }

    @classmethod
    def from_jwt(cls, claims: Mapping[str, object]) -> "Claims":
        """The claims of a JWT whose signature, issuer, audience and times have been checked.

        Raises ValueError when a claim is missing or malformed. Scopes beyond those of the role are dropped.
        """
        match claims.get("role"):
            case "admin" | "client" as role:
                pass
            case _:
                raise ValueError("role is not known")
        granted = set(str(claims.get("scope", "")).split())
        return cls(
            user_id=UUID(str(claims.get("sub"))),
            role=role,
            scopes=frozenset(scope for scope in SCOPES[role] if scope in granted),
            token_id=str(claims.get("jti", "")),
        )
