"""What a device holds: a token that lives for long, and says which device of which user it is of."""

import secrets
from collections.abc import Callable
from uuid import UUID

from query_api.keys.signing import SigningKeys, signed
from schemas.claims import DEVICE_SCOPES, Claims

_DAY_SECONDS = 24 * 60 * 60


class DeviceTokens:
    """Signs tokens of devices, by the key of the moment; each lives `days`."""

    def __init__(self, keys: Callable[[], SigningKeys], *, issuer: str, audience: str, days: int) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self._seconds = days * _DAY_SECONDS

    def expires_at(self, issued_at: int) -> int:
        """When a token that is issued then expires; seconds since the epoch, both."""
        return issued_at + self._seconds

    def sign(self, owner_id: UUID, device_id: UUID, *, issued_at: int) -> str:
        """The token of a device of this user."""
        claims = Claims(owner_id, "client", DEVICE_SCOPES, secrets.token_hex(16), device_id=device_id)
        said = claims.to_jwt(
            issuer=self._issuer,
            audience=self._audience,
            issued_at=issued_at,
            expires_at=self.expires_at(issued_at),
        )
        return signed(self._keys().devices, said)
