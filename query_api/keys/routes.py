"""``GET /.well-known/jwks.json``: the public keys that access tokens are signed with."""

from typing import TypedDict, cast

import msgspec
from fastapi import APIRouter, Request, Response

from query_api.keys.folder import KeyFolder
from schemas.identity import PublicJwk
from service_kit.http import openapi

# Keys live for months; a verifier that knows a new one after five minutes is early enough.
_CACHE_CONTROL = "public, max-age=300"

router = APIRouter(tags=["sign-in"])


class KeyState(TypedDict):
    """What the lifespan gives to every request for this route."""

    keys: KeyFolder


class KeySet(msgspec.Struct, frozen=True):
    """A JSON Web Key Set (RFC 7517)."""

    keys: list[PublicJwk]


_EXAMPLE = {
    "keys": [
        {
            "kid": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
            "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
            "kty": "OKP",
            "crv": "Ed25519",
            "alg": "EdDSA",
            "use": "sig",
        }
    ]
}


@router.get(
    "/.well-known/jwks.json",
    operation_id="getKeys",
    summary="The public keys that tokens are signed with",
    response_class=Response,
    responses=openapi.answer(200, KeySet, "The keys; the first one signs.", _EXAMPLE),
)
async def get_keys(request: Request) -> Response:
    """For whoever wants to check a token. Needs no token, and no engine."""
    folder = cast("Request[KeyState]", request).state["keys"]
    # Tokens of devices are for us alone: nobody shall take one for a sign-in.
    keys = [key.jwk for key in folder.current.public if key.signs == "sign-in"]
    body = msgspec.json.encode(KeySet(keys))
    return Response(body, media_type="application/json", headers={"cache-control": _CACHE_CONTROL})


STRUCTS = (KeySet,)
