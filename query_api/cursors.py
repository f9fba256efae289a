"""Cursors: where a list goes on, as text that only this service can have made, for one owner and question.

They hold no secret and give no right: the binding keeps clients from mixing up lists, or probing.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from pathlib import Path
from typing import Annotated, NamedTuple, TypeVar
from uuid import UUID

import msgspec
from fastapi import Query

from query_api.key_files import read_or_make

_KEY_FILE = "cursors.key"
_KEY_BYTES = 32
_TAG_BYTES = 16
# An instant and an ECG id of 128 characters make some 250.
_MAX_CHARACTERS = 512

# The query parameter, as the API's document has it; what it holds is judged by `Cursors`.
CursorText = Annotated[
    str | None,
    Query(
        description="From `next` of the page before.",
        json_schema_extra={"maxLength": _MAX_CHARACTERS, "pattern": "^[A-Za-z0-9_-]+$"},
    ),
]

P = TypeVar("P", bound=tuple[int | str, ...])


class Place(NamedTuple):
    """Behind this entry of a list that is ordered by a number, such as an instant, and a text, such as an ECG id."""

    number: int
    text: str


def load_cursor_key(folder: Path) -> bytes:
    """The secret of the keys' folder; a new one on first start. Raises OSError."""
    return read_or_make(folder / _KEY_FILE, lambda: secrets.token_bytes(_KEY_BYTES))


class Cursors:
    """Makes and reads cursors under one secret key."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def encode(self, owner_id: UUID, filters: str, place: tuple[int | str, ...]) -> str:
        """The cursor of a place in the owner's list under these filters."""
        content = msgspec.json.encode(place)
        return _base64url(content + self._tag(owner_id, filters, content))

    def decode(self, text: str, owner_id: UUID, filters: str, kind: type[P]) -> P:
        """The place, of the kind that this list has. Raises ValueError unless `encode` made just this for this owner
        and these filters.
        """
        raw = _from_base64url(text)
        content, tag = raw[:-_TAG_BYTES], raw[-_TAG_BYTES:]
        if not hmac.compare_digest(tag, self._tag(owner_id, filters, content)):
            raise ValueError("not a cursor of this list")
        return msgspec.json.decode(content, type=kind)

    def _tag(self, owner_id: UUID, filters: str, content: bytes) -> bytes:
        # The lengths are fixed or told, so that no two different triples give the same message.
        bound = filters.encode()
        message = owner_id.bytes + len(bound).to_bytes(4, "big") + bound + content
        return hmac.digest(self._key, message, hashlib.sha256)[:_TAG_BYTES]


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _from_base64url(text: str) -> bytes:
    try:
        if len(text) > _MAX_CHARACTERS:
            raise ValueError
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        raw = base64.b64decode(padded, altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        raise ValueError("not a cursor") from None
    # Bits that the last character carries beyond the last byte must not make a second spelling.
    if _base64url(raw) != text:
        raise ValueError("not a cursor")
    return raw
