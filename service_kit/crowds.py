"""A bound on the requests under way: beyond it the answer is 503 at once, and those within it wait less."""

from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send

from schemas.problems import UnavailableError
from service_kit import problems

# What operators ask is answered whatever goes on: a busy process must not look like a dead one.
_BOUNDED = "/v1/"
_RETRY_AFTER_SECONDS = 1


class Crowd:
    """ASGI middleware: at most `limit` requests of the API at once, besides those that are only `waiting`."""

    def __init__(self, app: ASGIApp, *, limit: int, waiting: Callable[[], int]) -> None:
        self._app = app
        self._limit = limit
        self._waiting = waiting
        self._count = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(_BOUNDED):
            await self._app(scope, receive, send)
            return
        if self._count - self._waiting() >= self._limit:
            problem = UnavailableError("too many requests are under way", retry_after=_RETRY_AFTER_SECONDS)
            await problems.render(problem)(scope, receive, send)
            return
        self._count += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._count -= 1
