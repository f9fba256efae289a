"""One place where errors become answers: RFC 9457 documents, whatever raised them."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from schemas.problems import (
    CONTENT_TYPE,
    BodyTimeoutError,
    InternalError,
    InvalidError,
    MalformedError,
    MethodNotAllowedError,
    NotFoundError,
    Problem,
    RuleError,
    SeveralTokensError,
    UnauthenticatedError,
    UnavailableError,
)
from service_kit.engines.errors import EngineAwayError, StoreIncompleteError

_log = logging.getLogger(__name__)

# An engine that restarts is back in a few seconds; asking each second costs nobody anything.
_RETRY_AFTER_SECONDS = 1


def render(problem: Problem) -> Response:
    """The answer for a problem."""
    headers = {"cache-control": "no-store"}
    if problem.retry_after is not None:
        headers["retry-after"] = str(problem.retry_after)
    if isinstance(problem, UnauthenticatedError):
        headers["www-authenticate"] = "Bearer"
    if isinstance(problem, SeveralTokensError):
        headers["www-authenticate"] = 'Bearer error="invalid_request"'
    if isinstance(problem, BodyTimeoutError):
        # Else the rest of the body would keep the connection for as long as it likes.
        headers["connection"] = "close"
    return Response(
        msgspec.json.encode(problem.members()), problem.status, headers=headers, media_type=CONTENT_TYPE
    )


def install(app: FastAPI) -> None:
    """Make every error of `app` a problem document."""
    app.exception_handler(Problem)(_on_raised)
    app.exception_handler(EngineAwayError)(_on_raised)
    app.exception_handler(RequestValidationError)(_on_raised)
    app.exception_handler(HTTPException)(_on_http)


def internal_error() -> Response:
    """The answer for a failure that nothing foresaw; what it was goes to the log alone."""
    return render(InternalError("the failure has been logged under the request id"))


def answer(error: Problem | EngineAwayError | RequestValidationError) -> Response:
    """The answer for what a route raised. That an engine is away is logged."""
    if isinstance(error, Problem):
        return render(error)
    if isinstance(error, RequestValidationError):
        return _invalid(error)
    _log.warning("engine away", extra={"engine": error.engine, "cause": str(error)})
    what = "lacks what it should have" if isinstance(error, StoreIncompleteError) else "does not answer"
    detail = f"{error.engine} {what}; sending the same again is safe"
    return render(UnavailableError(detail, retry_after=_RETRY_AFTER_SECONDS))


async def _on_raised(_: Request, error: Problem | EngineAwayError | RequestValidationError) -> Response:
    return answer(error)


def _invalid(error: RequestValidationError) -> Response:
    broken = error.errors()
    if any(found["type"] == "json_invalid" for found in broken):
        return render(MalformedError("the body is not JSON"))
    return render(InvalidError([_rule(found) for found in broken]))


def _rule(found: Mapping[str, Any]) -> RuleError:
    # Only the place and the rule: the library's own message may quote what was sent.
    where, *path = found["loc"]
    detail = _DETAILS.get(found["type"], "not a value that is taken here")
    if found["type"] == "extra_forbidden":
        # The last step is a name of the sender's own choice; what it was added to is told instead.
        path.pop()
    if where == "body":
        return RuleError(detail, pointer="".join(f"/{step}" for step in path))
    return RuleError(detail, parameter=str(path[0]) if path else str(where))


_DETAILS = {
    "missing": "missing",
    "extra_forbidden": "a member that is not known",
    "int_parsing": "not an integer",
    "greater_than_equal": "too small",
    "less_than_equal": "too large",
    "string_too_long": "too long",
    "string_too_short": "too short",
}


async def _on_http(request: Request, error: HTTPException) -> Response:
    match error.status_code:
        case HTTPStatus.NOT_FOUND:
            return render(NotFoundError("there is nothing at this path"))
        case HTTPStatus.METHOD_NOT_ALLOWED:
            response = render(MethodNotAllowedError("see the Allow header"))
            response.headers["allow"] = _allowed(request) or (error.headers or {}).get("Allow", "")
            return response
        case HTTPStatus.BAD_REQUEST:
            return render(MalformedError("the body cannot be decoded"))
        case _:
            return internal_error()


def _allowed(request: Request) -> str:
    """All methods of the request's path: the framework tells those of the first route alone."""
    path = getattr(request.scope.get("route"), "path_format", "")
    methods = {method.upper() for method in request.app.openapi()["paths"].get(path, ())}
    return ", ".join(sorted(methods | {"HEAD"} if "GET" in methods else methods))
