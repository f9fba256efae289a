"""What a token says: who, in which role, allowed what, until when. Signed elsewhere; here only its shape.

There are two: what people get when they sign in, and what a device of theirs holds. Each is signed by a key of its own
and says in `token_use` which it is, so that neither passes for the other.
Source: RFC 9068, JWT profile for OAuth 2.0 access tokens.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, cast
from uuid import UUID

Role = Literal["admin", "client"]
Scope = Literal[
    "ecgs:write", "ecgs:read", "ecgs:status", "devices:write", "devices:read", "users:write", "users:read"
]
TokenUse = Literal["access", "device"]

ALGORITHM = "EdDSA"
DEFAULT_ISSUER = "ecg-insights"
DEFAULT_AUDIENCE = "ecg-insights"
# The longest life that a token is given. A verifier holds every token to it: one that claims more was not signed by
# this system's rules, whoever had the key.
MAX_TOKEN_MINUTES = 60
MAX_DEVICE_TOKEN_DAYS = 800
MAX_TOKEN_SECONDS: Mapping[TokenUse, int] = {
    "access": MAX_TOKEN_MINUTES * 60,
    "device": MAX_DEVICE_TOKEN_DAYS * 24 * 60 * 60,
}

# An admin registers users and neither sends nor reads ECGs; a client does nothing else, and has devices that send.
SCOPES: Mapping[Role, frozenset[Scope]] = {
    "admin": frozenset({"users:read", "users:write"}),
    "client": frozenset({"devices:read", "devices:write", "ecgs:read", "ecgs:write"}),
}
# A device sends, and asks how far what it sent itself has come. It never reads a value.
DEVICE_SCOPES: frozenset[Scope] = frozenset({"ecgs:status", "ecgs:write"})


@dataclass(frozen=True, slots=True)
class Claims:
    """The claims a service acts on. `token_id`: unique to the token. `device_id`: of the device that holds it, None for
    an access token. `session_id`: of the sign-in that it came from, where there is one.

    `issued_at`: seconds since the epoch.
    """

    user_id: UUID
    role: Role
    scopes: frozenset[Scope]
    token_id: str
    device_id: UUID | None = None
    session_id: UUID | None = None
    issued_at: float = field(default=0.0, compare=False)

    @property
    def use(self) -> TokenUse:
        """Which of the two kinds of token it is."""
        return "access" if self.device_id is None else "device"

    def to_jwt(self, *, issuer: str, audience: str, issued_at: float, expires_at: int) -> dict[str, object]:
        """The JWT claims set; instants in seconds since the epoch."""
        said: dict[str, object] = {
            "sub": str(self.user_id),
            "role": self.role,
            "scope": " ".join(sorted(self.scopes)),
            "jti": self.token_id,
            "token_use": self.use,
            "iss": issuer,
            "aud": audience,
            "iat": issued_at,
            "exp": expires_at,
        }
        also = {"device_id": self.device_id, "sid": self.session_id}
        return said | {name: str(value) for name, value in also.items() if value is not None}

    @classmethod
    def from_jwt(cls, claims: Mapping[str, object]) -> "Claims":
        """The claims of a JWT whose signature, issuer, audience and times have been checked.

        Raises ValueError when a claim is missing or malformed. Scopes beyond those of the role, or of a device, are
        dropped.
        """
        match claims.get("role"):
            case "admin" | "client" as role:
                pass
            case _:
                raise ValueError("role is not known")
        device_id = session_id = None
        match claims.get("token_use"):
            case "access":
                may = SCOPES[role]
                session_id = UUID(str(claims["sid"])) if "sid" in claims else None
            case "device" if role == "client":
                may = DEVICE_SCOPES
                device_id = UUID(str(claims.get("device_id")))
            case _:
                raise ValueError("token_use is not known")
        granted = set(str(claims.get("scope", "")).split())
        return cls(
            user_id=UUID(str(claims.get("sub"))),
            role=role,
            scopes=frozenset(scope for scope in may if scope in granted),
            token_id=str(claims.get("jti", "")),
            device_id=device_id,
            session_id=session_id,
            issued_at=float(cast("float", claims.get("iat", 0.0))),
        )
