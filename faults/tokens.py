"""Tokens as the query API gives them, by the keys of a folder, for what no sign-in can bring about."""

import time
from pathlib import Path
from uuid import UUID, uuid4

import jwt

from query_api.keys.signing import load_keys
from schemas.claims import ALGORITHM, DEFAULT_AUDIENCE, DEFAULT_ISSUER, SCOPES, Claims


def token(folder: Path, user_id: str, *, given_ago: int = 0, life: int = 1800) -> str:
    """A token of a client, by the key that signs in this folder, given so many seconds ago for so many seconds."""
    keys = load_keys(folder)
    given = int(time.time()) - given_ago
    claims = Claims(UUID(user_id), "client", SCOPES["client"], uuid4().hex).to_jwt(
        issuer=DEFAULT_ISSUER, audience=DEFAULT_AUDIENCE, issued_at=given, expires_at=given + life
    )
    return jwt.encode(claims, keys.private, algorithm=ALGORITHM, headers={"kid": keys.public[0].kid})
