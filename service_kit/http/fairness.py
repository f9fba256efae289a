"""A bound on the requests under way, shared by who asks: beyond it the answer is 429 or 503 at once."""

from collections.abc import Hashable

from starlette.types import ASGIApp, Receive, Scope, Send

from schemas.problems import Problem
from service_kit.callers.addresses import Addresses
from service_kit.callers.authentication import sender
from service_kit.callers.shares import Shares
from service_kit.http import problems

# What operators ask is answered whatever goes on: a busy process must not look like a dead one.
_BOUNDED = "/v1/"


class Fairness:
    """ASGI middleware: at most `limit` requests of the API at once, besides those that hold one of the `waits`.

    They are shared by user, and by address where no token is believed.
    """

    def __init__(self, app: ASGIApp, *, limit: int, waits: Shares, addresses: Addresses) -> None:
        self._app = app
        self._places = Shares(limit, "requests", besides=waits)
        self._addresses = addresses

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(_BOUNDED):
            await self._app(scope, receive, send)
            return
        owner = self._owner(scope)
        try:
            self._places.take(owner)
        except Problem as problem:
            await problems.render(problem)(scope, receive, send)
            return
        try:
            await self._app(scope, receive, send)
        finally:
            self._places.give_back(owner)

    def _owner(self, scope: Scope) -> Hashable | None:
        try:
            return sender(scope).user_id
        except Problem:
            client = scope.get("client")
            return None if client is None else self._addresses.owner(client[0])
