"""A route without FastAPI's general machinery, for paths where that would be most of the work.

FastAPI solves the dependencies and validates the parameters of each request from a description: a quarter of what
one read of an insight costs. Where a route's dependencies read the request themselves, and the request brings
nothing to validate, all of that comes down to calling them.
"""

from collections.abc import Awaitable, Callable, Coroutine
from inspect import signature
from typing import Any

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
Asked = tuple[str, Callable[[Request], Awaitable[Any]]]


class DirectRoute(APIRoute):
    """For `APIRouter(route_class=...)`: the same answers and the same documents, sooner.

    Its routes are coroutines that return a Response and take the request, texts of the path, query parameters with
    defaults, and dependencies that are coroutines of the request alone. Raises TypeError for any other, when the
    route is made. A request with a query string goes through FastAPI, which validates it.
    """

    def get_route_handler(self) -> Handler:
        """FastAPI's hook: what answers a request."""
        validated = super().get_route_handler()
        endpoint, request_name = self.endpoint, self.dependant.request_param_name
        dependencies = _dependencies(self.dependant)
        if request_name is None:
            raise TypeError(f"{self.path}: a direct route takes the request")

        async def answer(request: Request) -> Response:
            if request.scope["query_string"]:
                return await validated(request)
            values = {name: await ask(request) for name, ask in dependencies}
            response: Response = await endpoint(**{request_name: request}, **request.path_params, **values)
            return response

        return answer


def _dependencies(route: Dependant) -> list[Asked]:
    """The names and calls of a route's dependencies. Raises TypeError where it needs more than these."""
    read = (*route.header_params, *route.cookie_params, *route.body_params)
    texts = all(field.field_info.annotation is str for field in route.path_params)
    if read or not texts or any(field.field_info.is_required() for field in route.query_params):
        raise TypeError(f"{route.path}: a direct route validates nothing")
    asked: list[Asked] = []
    for one in route.dependencies:
        if (
            one.name is None
            or one.call is None
            or list(signature(one.call).parameters) != [one.request_param_name]
        ):
            raise TypeError(f"{route.path}: a dependency of a direct route takes the request alone")
        asked.append((one.name, one.call))
    return asked
