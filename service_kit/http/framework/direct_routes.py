"""Routes without FastAPI's general machinery, for paths where that would be most of the work.

FastAPI looks for a route in each included router, solves the dependencies and validates the parameters of each
request from a description: together nearly half of what one read of an insight costs. Where a route's dependencies
read the request themselves, all of that comes down to calling them, and having each query parameter that was sent
validated by FastAPI's own field for it.
"""

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from inspect import signature
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.datastructures import QueryParams
from starlette.types import ASGIApp, Receive, Scope, Send

from schemas.problems import Problem
from service_kit.engines.errors import EngineAwayError
from service_kit.http import problems

# What a query parameter of a direct route may be.
_ONE_VALUE = (int, str, str | None)

Asked = tuple[str | None, Callable[[Request], Awaitable[Any]]]


class DirectRoute(APIRoute):
    """For `APIRouter(route_class=...)`: a route of FastAPI, which `Direct` answers sooner.

    Such routes are coroutines that return a Response and take the request, texts of the path, query parameters that
    are a number or a text and have a default, headers that are a text or None, and dependencies that are coroutines
    of the request alone. Raises TypeError for any other, when the route is made.
    """

    def __init__(
        self, path: str, endpoint: Callable[..., Coroutine[Any, Any, Response]], **kwargs: Any
    ) -> None:
        super().__init__(path, endpoint, **kwargs)
        self._asked = _dependencies(self.dependant)
        if self.dependant.request_param_name is None:
            raise TypeError(f"{path}: a direct route takes the request")
        self._request_name = self.dependant.request_param_name
        self._headers = [(field.name, field.alias) for field in self.dependant.header_params]

    async def answer(self, request: Request) -> Response:
        """What the route answers. Raises RequestValidationError as FastAPI would, and whatever the route raises."""
        values: dict[str, Any] = {self._request_name: request}
        for name, ask in self._asked:
            value = await ask(request)
            if name is not None:
                values[name] = value
        for name, header in self._headers:
            values[name] = request.headers.get(header)
        if request.scope["query_string"]:
            values |= self._sent(request.query_params)
        response: Response = await self.endpoint(**request.path_params, **values)
        return response

    def _sent(self, parameters: QueryParams) -> dict[str, Any]:
        """The query parameters that were sent, as the route takes them."""
        sent: dict[str, Any] = {}
        errors: list[Any] = []
        for field in self.dependant.query_params:
            if field.alias in parameters:
                place = "query", field.alias
                sent[field.name], found = field.validate(parameters[field.alias], sent, loc=place)
                errors += found
        if errors:
            raise RequestValidationError(errors)
        return sent


class Direct:
    """ASGI middleware: answers the direct routes of some routers; the innermost, as it stands for FastAPI itself."""

    def __init__(self, app: ASGIApp, *, routers: Sequence[APIRouter]) -> None:
        self._app = app
        self._routes = [
            (route, frozenset(route.methods or ()), route.path_regex)
            for router in routers
            for route in router.routes
            if isinstance(route, DirectRoute)
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            path, method = scope["path"], scope["method"]
            for route, methods, pattern in self._routes:
                if method in methods and (found := pattern.match(path)):
                    scope["route"] = route
                    scope["path_params"] = found.groupdict()
                    response = await _answer(route, Request(scope, receive, send))
                    await response(scope, receive, send)
                    return
        await self._app(scope, receive, send)


async def _answer(route: DirectRoute, request: Request) -> Response:
    try:
        return await route.answer(request)
    except (Problem, EngineAwayError, RequestValidationError) as error:
        return problems.answer(error)


def _dependencies(route: Dependant) -> list[Asked]:
    """The names and calls of a route's dependencies. Raises TypeError where it needs more than these."""
    read = (*route.cookie_params, *route.body_params)
    texts = all(field.field_info.annotation is str for field in route.path_params)
    maybe_texts = all(
        field.field_info.annotation == str | None and field.default is None for field in route.header_params
    )
    single = all(
        field.field_info.annotation in _ONE_VALUE and not field.field_info.is_required()
        for field in route.query_params
    )
    if read or not (texts and maybe_texts and single):
        raise TypeError(f"{route.path}: a direct route takes less than this")
    asked: list[Asked] = []
    for one in route.dependencies:
        if one.call is None or list(signature(one.call).parameters) != [one.request_param_name]:
            raise TypeError(f"{route.path}: a dependency of a direct route takes the request alone")
        asked.append((one.name, one.call))
    return asked
