"""Tokens signed by the real key of a running system, of whatever claims and headers a test wants."""

import base64
import json
import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from uuid import UUID, uuid4

from harness.running import System
from query_api.keys.signing import SigningKeys, load_keys
from schemas.claims import ALGORITHM, DEFAULT_AUDIENCE, DEFAULT_ISSUER, SCOPES, Claims

LIFE_SECONDS = 600


def keys_of(system: System) -> SigningKeys:
    """The keys by which the system's query API signs."""
    return load_keys(system.engines.keys)


def claims(user_id: str, **changes: Any) -> dict[str, Any]:
    """What a good token of a client says, but for the changes; None leaves a claim out."""
    now = int(time.time())
    said = Claims(UUID(user_id), "client", SCOPES["client"], uuid4().hex).to_jwt(
        issuer=DEFAULT_ISSUER, audience=DEFAULT_AUDIENCE, issued_at=now, expires_at=now + LIFE_SECONDS
    )
    return {name: value for name, value in (said | changes).items() if value is not None}


def signed(system: System, said: Mapping[str, Any], headers: Mapping[str, Any] = MappingProxyType({})) -> str:
    """A token of these claims by the key that signs, with these headers besides."""
    keys = keys_of(system)
    head = {"alg": ALGORITHM, "typ": "JWT", "kid": keys.public[0].kid, **headers}
    # By hand: a library would refuse to write what is to be refused when it is read.
    content = f"{encoded(head)}.{encoded(dict(said))}"
    return f"{content}.{encoded(keys.private.sign(content.encode()))}"


def encoded(part: Any) -> str:
    """A part of a token: bytes, or what JSON can say."""
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
