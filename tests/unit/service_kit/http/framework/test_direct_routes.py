"""A direct route answers as FastAPI's own does, and refuses to be made where it could not."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from uuid import UUID

import pytest
from fastapi import APIRouter, Depends, FastAPI, Header, Query, Request, Response
from fastapi.routing import APIRoute
from starlette.types import Receive, Scope, Send

from schemas.problems import NotFoundError
from service_kit.http import problems
from service_kit.http.framework.direct_routes import Direct, DirectRoute
from tests.unit.service_kit.apps import ask


async def caller(request: Request) -> str:
    if "x-caller" not in request.headers:
        raise NotFoundError("nobody asks")
    return request.headers["x-caller"]


async def caller_by_header(request: Request, x_caller: Annotated[str, Header()]) -> str:
    return x_caller


def routed(route_class: type[APIRoute]) -> APIRouter:
    router = APIRouter(route_class=route_class)

    @router.get("/things/{thing}")
    async def thing(
        asked: Request,
        thing: str,
        who: Annotated[str, Depends(caller)],
        limit: Annotated[int, Query(ge=1)] = 7,
        since: Annotated[str | None, Query(alias="from")] = None,
        note: Annotated[str | None, Header(alias="X-Note", description="Of the caller's own.")] = None,
    ) -> Response:
        return Response(f"{asked.method} {thing} for {who}: {limit}, {since}, {note}")

    return router


def app_of(route_class: type[APIRoute]) -> FastAPI:
    app, router = FastAPI(), routed(route_class)
    app.include_router(router)
    app.add_middleware(Direct, routers=[router])
    problems.install(app)
    return app


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/things/a", {"x-caller": "ann"}),
        ("/things/a%20b", {"x-caller": "ann"}),
        ("/things/a?limit=3", {"x-caller": "ann"}),
        ("/things/a?limit=0", {"x-caller": "ann"}),
        ("/things/a?limit=x", {"x-caller": "ann"}),
        ("/things/a?limit=", {"x-caller": "ann"}),
        ("/things/a?limit=2&limit=3", {"x-caller": "ann"}),
        ("/things/a?limit", {"x-caller": "ann"}),
        ("/things/a?limits=3", {"x-caller": "ann"}),
        ("/things/a?limit=3", {}),
        ("/things/a?since=a%2Bb+c", {"x-caller": "ann"}),
        ("/things/a?from=a%2Bb+c&limit=0", {"x-caller": "ann"}),
        ("/things/a?from=a%2Bb+c&limit=3", {"x-caller": "ann"}),
        ("/things/a?from=", {"x-caller": "ann"}),
        ("/things/a", {"x-caller": "ann", "x-note": "now"}),
        ("/things/a", {"x-caller": "ann", "x-note": ""}),
        ("/things/a", {}),
        ("/things/a/b", {"x-caller": "ann"}),
    ],
)
def test_answers_are_those_of_fastapis_own_route(path: str, headers: dict[str, str]) -> None:
    ours, theirs = (ask(app_of(kind), "GET", path, headers=headers) for kind in (DirectRoute, APIRoute))

    assert (ours.status_code, ours.content) == (theirs.status_code, theirs.content)


class ElseAskedError(Exception):
    pass


async def elsewhere(scope: Scope, receive: Receive, send: Send) -> None:
    raise ElseAskedError


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/things/a"), ("GET", "/things"), ("GET", "/other")],
)
def test_all_but_what_it_can_answer_is_for_fastapi(method: str, path: str) -> None:
    direct = Direct(elsewhere, routers=[routed(DirectRoute), routed(APIRoute)])

    headers = {"x-caller": "ann"}
    assert ask(direct, "GET", "/things/a", headers=headers).text == "GET a for ann: 7, None, None"
    assert ask(direct, "GET", "/things/a?limit=3", headers=headers).text == "GET a for ann: 3, None, None"
    with pytest.raises(ElseAskedError):
        ask(direct, method, path, headers=headers)


def test_the_document_is_that_of_fastapis_own_route() -> None:
    assert app_of(DirectRoute).openapi() == app_of(APIRoute).openapi()


async def of_a_number(request: Request, number: int) -> Response:
    return Response(str(number))


async def of_an_id(request: Request, thing: UUID) -> Response:
    return Response(str(thing))


async def of_a_needed_parameter(request: Request, thing: str, name: str) -> Response:
    return Response(name)


async def of_a_parameter_of_many_values(
    request: Request, thing: str, names: Annotated[list[str] | None, Query()] = None
) -> Response:
    return Response(str(names))


async def of_a_header(request: Request, thing: str, x_caller: Annotated[str, Header()] = "") -> Response:
    return Response(x_caller)


async def of_a_number_in_a_header(
    request: Request, thing: str, x_count: Annotated[int | None, Header()] = None
) -> Response:
    return Response(str(x_count))


async def of_a_wider_dependency(
    request: Request, thing: str, who: Annotated[str, Depends(caller_by_header)]
) -> Response:
    return Response(who)


async def of_no_request(thing: str) -> Response:
    return Response(thing)


@pytest.mark.parametrize(
    "endpoint",
    [
        of_a_number,
        of_an_id,
        of_a_needed_parameter,
        of_a_parameter_of_many_values,
        of_a_header,
        of_a_number_in_a_header,
        of_a_wider_dependency,
        of_no_request,
    ],
)
def test_a_route_that_needs_more_is_refused(endpoint: Callable[..., Awaitable[Any]]) -> None:
    router = APIRouter(route_class=DirectRoute)

    with pytest.raises(TypeError, match="direct route"):
        router.get("/things/{thing}")(endpoint)
