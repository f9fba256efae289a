"""Refresh tokens: which session, of whom, and the how manieth of it, as text that only this service can have made.

Nothing of them is kept but the number of the one that is good, so that whoever reads the table signs in as nobody.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from query_api.key_files import read_or_make

_KEY_FILE = "sessions.key"
_KEY_BYTES = 32
_ID_BYTES, _NUMBER_BYTES, _TAG_BYTES = 16, 4, 24
_CONTENT_BYTES = 2 * _ID_BYTES + _NUMBER_BYTES


@dataclass(frozen=True, slots=True)
class Generation:
    """One refresh token of a session; the first is number 0."""

    user_id: UUID
    session_id: UUID
    number: int


def load_session_key(folder: Path) -> bytes:
    """The secret of the keys' folder; a new one on first start. Raises OSError."""
    return read_or_make(folder / _KEY_FILE, lambda: secrets.token_bytes(_KEY_BYTES))


class RefreshTokens:
    """Makes and reads refresh tokens under one secret key."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def encode(self, generation: Generation) -> str:
        """The token: 80 characters of base64url."""
        content = generation.user_id.bytes + generation.session_id.bytes
        content += generation.number.to_bytes(_NUMBER_BYTES, "big")
        return base64.urlsafe_b64encode(content + self._tag(content)).decode()

    def decode(self, text: str) -> Generation:
        """What it says. Raises ValueError unless `encode` made just this."""
        try:
            raw = base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True)
        except (binascii.Error, UnicodeEncodeError):
            raise ValueError("not a refresh token") from None
        content, tag = raw[:_CONTENT_BYTES], raw[_CONTENT_BYTES:]
        if not hmac.compare_digest(tag, self._tag(content)):
            raise ValueError("not a refresh token")
        number = int.from_bytes(content[2 * _ID_BYTES :], "big")
        return Generation(
            UUID(bytes=content[:_ID_BYTES]), UUID(bytes=content[_ID_BYTES : 2 * _ID_BYTES]), number
        )

    def _tag(self, content: bytes) -> bytes:
        return hmac.digest(self._key, b"refresh" + content, hashlib.sha256)[:_TAG_BYTES]
