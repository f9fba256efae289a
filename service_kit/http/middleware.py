"""Around every request: its id, its trace, its metrics, and an answer even where the code failed.

Plain ASGI, because it stands on the hot path of every upload.
"""

import asyncio
import functools
import logging
import re
import secrets
import time
from collections.abc import Mapping

from prometheus_client import Counter, Histogram
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from schemas.problems import UnavailableError
from service_kit import logs, metrics, tracing
from service_kit.http import problems

_log = logging.getLogger("service_kit.http.server.requests")
# Taken from a caller only if it cannot be mistaken for anything else in a log.
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
# Who comes again finds another copy of the service at once, or this one when it has started anew.
_STOP_RETRY_SECONDS = 1
# What metrics and logs call the route of a request that has none.
NO_ROUTE = "none"


class RequestContext:
    """ASGI middleware: ``X-Request-ID`` and trace context in, the same id out with every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        request_id = request_id_of(headers.get("x-request-id"))
        traceparent = tracing.continued(headers.get("traceparent"))
        scope.setdefault("state", {})["traceparent"] = traceparent
        logs.request_id.set(request_id)
        logs.trace_id.set(tracing.trace_id_of(traceparent))
        started = time.perf_counter()
        status = 0
        asked = _as_get(scope)

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                # No route sets these itself, so that nothing has to be looked for and replaced.
                told = {"x-request-id": request_id, **scope["state"].get("answer_headers", {})}
                message["headers"] = [*message["headers"], *_raw(told)]
            await send(message)

        with metrics.IN_FLIGHT.track_inprogress():
            try:
                await self._app(asked, receive, answer)
            except asyncio.CancelledError:
                # The service has waited for as long as it may when it was told to stop.
                if status:
                    raise
                await problems.render(_stopping())(scope, receive, answer)
            except Exception as error:  # noqa: BLE001 - whatever failed, the client gets an answer
                logs.unforeseen(_log, error)
                if status == 0:
                    await problems.internal_error()(scope, receive, answer)
        _record(scope["method"], asked, status, time.perf_counter() - started)


def _stopping() -> UnavailableError:
    return UnavailableError(
        "the service is stopping; sending the same again is safe", retry_after=_STOP_RETRY_SECONDS
    )


def _raw(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]


def request_id_of(received: str | None) -> str:
    """The id of a request: the one it came with, if that is one, else a new one."""
    if received is not None and _REQUEST_ID.fullmatch(received):
        return received
    return secrets.token_hex(8)


def _as_get(scope: Scope) -> Scope:
    """A HEAD request as the GET that it is without its answer's body, which the server leaves out."""
    return {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope


def _record(method: str, scope: Scope, status: int, seconds: float) -> None:
    route = getattr(scope.get("route"), "path_format", NO_ROUTE)
    # A made-up method must not make a new time series.
    method = method if method in _METHODS else "other"
    count, duration = _series(method, route, status)
    count.inc()
    duration.observe(seconds)
    if _log.isEnabledFor(logging.INFO):
        fields = {
            "method": method,
            "route": route,
            "status": status,
            "milliseconds": round(seconds * 1000, 1),
        }
        _log.info("answered", extra=fields)


# Finding a series by its labels costs more than counting in it. There are no more than routes and kinds of answers.
@functools.cache
def _series(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    return metrics.REQUESTS.labels(method, route, status), metrics.REQUEST_SECONDS.labels(method, route)


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
