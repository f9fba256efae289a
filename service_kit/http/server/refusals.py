"""The answer to what is no request, as the bytes that go out: counted and logged, as no application was asked."""

import logging

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from schemas.problems import Problem
from service_kit import metrics
from service_kit.http import problems
from service_kit.http.middleware import NO_ROUTE, request_id_of
from service_kit.http.server.heads import Headers

_log = logging.getLogger(__name__)


def refusal(problem: Problem, asked: Headers, default: Headers) -> bytes:
    """The last answer of a connection. `asked`: the headers that could be read; `default`: those of every answer."""
    told = next((value for name, value in asked if name == b"x-request-id"), b"")
    answer = problems.render(problem)
    answer.headers["x-request-id"] = request_id = request_id_of(told.decode("latin-1"))
    answer.headers["connection"] = "close"
    metrics.REQUESTS.labels("other", NO_ROUTE, problem.status).inc()
    _log.info("refused unread", extra={"status": problem.status, "request_id": request_id})
    lines = [b"%b: %b\r\n" % header for header in (*default, *answer.raw_headers)]
    return b"".join([STATUS_LINE[problem.status], *lines, b"\r\n", answer.body])
