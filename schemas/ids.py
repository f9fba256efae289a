"""Names of things: the grammar of an ECG id, ids derived where the sender gave none, and record keys.

Derived ids are deterministic, so that sending the same upload again is a retry and not a second ECG.
"""

import hashlib
import re
from uuid import UUID

ECG_ID_PATTERN = r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}"
_ECG_ID = re.compile(ECG_ID_PATTERN)

# 128 bits: two different uploads of one owner never meet, and the id stays short enough to read aloud.
_DERIVED_HEX_DIGITS = 32


def is_ecg_id(text: str) -> bool:
    """Whether `text` is an ECG id: a letter or digit, then up to 127 of letters, digits and ``._:-``."""
    return _ECG_ID.fullmatch(text) is not None


def ecg_id_from_idempotency_key(owner_id: UUID, key: str) -> str:
    """The id of an upload that came without one but with an ``Idempotency-Key`` header (any text)."""
    digest = hashlib.sha256(f"{owner_id}\n{key}".encode())
    return f"key-{digest.hexdigest()[:_DERIVED_HEX_DIGITS]}"


def ecg_id_from_content(content_hash: str) -> str:
    """The id of an upload that came with neither an id nor a key: the same content is the same ECG."""
    return f"blake3-{content_hash[:_DERIVED_HEX_DIGITS]}"


def ecg_key(owner_id: UUID, ecg_id: str) -> bytes:
    """Record key of every upload event, and what the partition of every topic about an ECG is chosen from."""
    return f"{owner_id}/{ecg_id}".encode()
