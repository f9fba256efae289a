"""The table of doors: who may call each route of both APIs, and the status that they hear."""

from dataclasses import dataclass
from typing import Literal

Caller = Literal["nobody", "wrong audience", "expired", "admin", "another user", "owner"]
Door = tuple[int, ...]

# The columns. `owner`: a user whose ECG it is; `another user`: whose it is not; `admin` has none.
CALLERS: tuple[Caller, ...] = ("nobody", "wrong audience", "expired", "admin", "another user", "owner")


@dataclass(frozen=True, slots=True)
class Api:
    """One API: its routes by their operation ids, each with a status for each of CALLERS, and its other paths, which
    anybody may read.
    """

    doors: dict[str, Door]
    pages: frozenset[str]


_ANYBODY = (200,) * 6
_NO_TOKEN = (401,) * 3
_PAGES = frozenset({"/openapi.json", "/docs", "/docs/assets", "/docs/oauth2-redirect", "/redoc"})
_OPERATIONS = {"getHealth": _ANYBODY, "getReadiness": _ANYBODY, "getMetrics": _ANYBODY}

APIS: dict[str, Api] = {
    "ingest": Api(
        {
            **_OPERATIONS,
            "uploadEcg": (*_NO_TOKEN, 403, 202, 202),
            "getLimits": (*_NO_TOKEN, 403, 200, 200),
        },
        _PAGES,
    ),
    "query": Api(
        {
            **_OPERATIONS,
            "getKeys": _ANYBODY,
            # With an address and a password that are right: no token is looked at.
            "createToken": _ANYBODY,
            "getMe": (*_NO_TOKEN, 200, 200, 200),
            "createUser": (*_NO_TOKEN, 201, 403, 403),
            "listUsers": (*_NO_TOKEN, 200, 403, 403),
            # Of the owner, whom they may not ask about in this way themselves.
            "getUser": (*_NO_TOKEN, 200, 403, 403),
            # Everybody's own list: another user's is empty.
            "listEcgs": (*_NO_TOKEN, 403, 200, 200),
            "getEcg": (*_NO_TOKEN, 403, 404, 200),
            "getInsights": (*_NO_TOKEN, 403, 404, 200),
            "getStatus": (*_NO_TOKEN, 403, 404, 200),
        },
        _PAGES,
    ),
}
