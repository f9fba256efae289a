"""Which web pages may call an API: CORS, with refusals that are problems like any other error."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from fastapi import FastAPI, Response
from fastapi.middleware.cors import CORSMiddleware
from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send

from schemas.problems import ForbiddenError
from service_kit.http import problems
from service_kit.http.middleware import RequestContext

# Read by applications, beside what each API adds.
_EXPOSED = ("RateLimit", "RateLimit-Policy", "Retry-After", "WWW-Authenticate", "X-Request-ID")
# X-Requested-With is sent by the Authorize button of an API's page.
_SENT = ("Authorization", "Content-Type", "Traceparent", "X-Request-ID", "X-Requested-With")


def install(
    app: FastAPI,
    origins: Sequence[str],
    *,
    methods: Sequence[str],
    headers: Sequence[str],
    exposed: Sequence[str],
) -> None:
    """Let pages of `origins` call `app`; none at all unless some are named.

    To be called last: outermost, so that a browser may read errors as well. `headers`: what pages may send,
    `exposed`: what they may read, both beside what every API has.
    """
    if origins:
        app.add_middleware(
            _Browsers,
            allow_origins=origins,
            allow_methods=methods,
            allow_headers=[*_SENT, *headers],
            expose_headers=[*_EXPOSED, *exposed],
        )


def origin_of(url: str) -> str:
    """The origin of the pages at this address."""
    return "{0.scheme}://{0.netloc}".format(urlsplit(url))


class _Browsers(CORSMiddleware):
    async def simple_response(
        self, scope: Scope, receive: Receive, send: Send, request_headers: Headers
    ) -> None:
        """No browser's page asks: all that is told is that the answer would be another one for a page."""
        if "origin" in request_headers:
            await super().simple_response(scope, receive, send, request_headers)
            return

        async def varying(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"vary", b"Origin")]
            await send(message)

        await self.app(scope, receive, varying)

    def preflight_response(self, request_headers: Headers) -> Response:
        response = super().preflight_response(request_headers)
        return response if response.status_code == 200 else _Refusal()


class _Refusal(Response):
    """Preflights are answered before a request has its id: this one brings its own context."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        problem = ForbiddenError("pages of this origin may not send this method with these headers here")
        await RequestContext(problems.render(problem))(scope, receive, send)
