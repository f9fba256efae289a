"""Ends the connection of a caller who waits to be asked for the body (``Expect``), and hears the answer instead.

The body may follow or not, as the caller likes (RFC 9110, section 10.1.1): nobody could tell it from a next request.
"""

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle


class Unasked:
    """ASGI middleware of one request: its answer is the last of the connection if nobody asked for the body."""

    def __init__(self, app: ASGIApp, cycle: RequestResponseCycle) -> None:
        self._app = app
        self._cycle = cycle

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def answer(message: Message) -> None:
            if self._cycle.waiting_for_100_continue:
                self._cycle.keep_alive = False
            await send(message)

        await self._app(scope, receive, answer)
