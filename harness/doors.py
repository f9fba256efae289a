"""The table of doors: who may call each route of both APIs, and the status that they hear."""

from dataclasses import dataclass
from typing import Literal

Caller = Literal[
    "nobody", "wrong audience", "expired", "revoked device", "admin", "another user", "device", "owner"
]
Door = tuple[int, ...]

# The columns. `owner`: a user whose ECG it is; `device`: one of theirs, which sent it as well; `another user`: whose it
# is not; `admin` has none.
CALLERS: tuple[Caller, ...] = (
    "nobody",
    "wrong audience",
    "expired",
    "revoked device",
    "admin",
    "another user",
    "device",
    "owner",
)


@dataclass(frozen=True, slots=True)
class Api:
    """One API: its routes by their operation ids, each with a status for each of CALLERS, and its other paths, which
    anybody may read.
    """

    doors: dict[str, Door]
    pages: frozenset[str]


_ANYBODY = (200,) * 8
_NO_TOKEN = (401,) * 4
_PAGES = frozenset({"/openapi.json", "/docs", "/docs/assets", "/docs/oauth2-redirect", "/redoc"})
_OPERATIONS = {"getHealth": _ANYBODY, "getReadiness": _ANYBODY, "getMetrics": _ANYBODY}

APIS: dict[str, Api] = {
    "ingest": Api(
        {
            **_OPERATIONS,
            "uploadEcg": (*_NO_TOKEN, 403, 202, 202, 202),
            "getLimits": (*_NO_TOKEN, 403, 200, 200, 200),
        },
        _PAGES,
    ),
    "query": Api(
        {
            **_OPERATIONS,
            "getKeys": _ANYBODY,
            # With an address and a password that are right: no token is looked at.
            "createToken": _ANYBODY,
            # Where there is no provider of sign-ins.
            "beginSignIn": (404,) * 8,
            "endSignIn": (404,) * 8,
            # With what is no token, and no invitation: whoever has one needs nothing else.
            "revokeToken": (204,) * 8,
            "redeemInvitation": (404,) * 8,
            # Without passwords: whoever hears 422 is let in.
            "changePassword": (*_NO_TOKEN, 422, 422, 403, 422),
            "getMe": (*_NO_TOKEN, 200, 200, 403, 200),
            "createUser": (*_NO_TOKEN, 201, 403, 403, 403),
            "listUsers": (*_NO_TOKEN, 200, 403, 403, 403),
            # Of the owner, whom they may not ask about in this way themselves.
            "getUser": (*_NO_TOKEN, 200, 403, 403, 403),
            "inviteUser": (*_NO_TOKEN, 201, 403, 403, 403),
            "changeUser": (*_NO_TOKEN, 200, 403, 403, 403),
            # Everybody's own list: another user's is empty.
            "listEcgs": (*_NO_TOKEN, 403, 200, 403, 200),
            "getEcg": (*_NO_TOKEN, 403, 404, 403, 200),
            "getInsights": (*_NO_TOKEN, 403, 404, 403, 200),
            "getStatus": (*_NO_TOKEN, 403, 404, 200, 200),
            "createDevice": (*_NO_TOKEN, 403, 201, 403, 201),
            "createPairingCode": (*_NO_TOKEN, 403, 201, 403, 201),
            # With a code that is right: no token is looked at.
            "pairDevice": (201,) * 8,
            # Everybody's own list, as of ECGs.
            "listDevices": (*_NO_TOKEN, 403, 200, 403, 200),
            # Another device of the owner's.
            "getDevice": (*_NO_TOKEN, 403, 404, 403, 200),
            "listDeviceEcgs": (*_NO_TOKEN, 403, 404, 403, 200),
            "renameDevice": (*_NO_TOKEN, 403, 404, 403, 200),
            "revokeDevice": (*_NO_TOKEN, 403, 404, 403, 200),
            # Everybody's own trail.
            "listAudit": (*_NO_TOKEN, 403, 200, 403, 200),
            "listIdentityAudit": (*_NO_TOKEN, 200, 403, 403, 403),
        },
        _PAGES,
    ),
}
