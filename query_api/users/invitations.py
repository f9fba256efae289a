"""Invitations: what an admin hands to somebody, who trades it once for a password of their own.

The text names its user and holds 160 random bits, so that its plain hash is as good as a password's slow one.
"""

import base64
import binascii
import hashlib
import secrets
from uuid import UUID

_SECRET_BYTES = 20
_ID_BYTES = 16


def make(user_id: UUID) -> str:
    """A new one for a user: 48 characters of base64url."""
    return base64.urlsafe_b64encode(user_id.bytes + secrets.token_bytes(_SECRET_BYTES)).decode()


def user_of(text: str) -> UUID:
    """The user that it names. Raises ValueError where it can be no invitation."""
    try:
        raw = base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise ValueError("not an invitation") from None
    if len(raw) != _ID_BYTES + _SECRET_BYTES:
        raise ValueError("not an invitation")
    return UUID(bytes=raw[:_ID_BYTES])


def hashed(text: str) -> str:
    """What is kept of it."""
    return hashlib.sha256(text.encode()).hexdigest()
