"""What is relied on of FastAPI and Starlette: how a route describes itself, and where CORS may be spoken otherwise."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Header, Request, Response
from fastapi.middleware.cors import CORSMiddleware
from fastapi.routing import APIRoute

from tests.unit.libraries.relying import parameters, relying

DIRECT, CORS = "service_kit/http/framework/direct_routes.py", "service_kit/http/framework/cors.py"


async def who(request: Request) -> str:
    return request.headers["host"]


def made() -> APIRouter:
    router = APIRouter(route_class=Ours)

    @router.get("/v1/ecgs/{ecg_id}/insights")
    async def insights(
        asked: Request,
        ecg_id: str,
        caller: Annotated[str, Depends(who)],
        receipt: str | None = None,
        prefer: Annotated[str | None, Header()] = None,
    ) -> Response:
        return Response(f"{caller} {ecg_id} {receipt} {prefer} {asked.method}")

    return router


class Ours(APIRoute):
    pass


def test_a_route_describes_its_parameters_and_dependencies() -> None:
    (route,) = made().routes
    with relying("a router makes its routes of `route_class` and lists them", see=DIRECT):
        assert isinstance(route, Ours)
        assert route.methods == {"GET"}
    with relying("`path_regex` matches a path and gives its parts by name", see=DIRECT):
        found = route.path_regex.match("/v1/ecgs/e-1/insights")
        assert found is not None
        assert found.groupdict() == {"ecg_id": "e-1"}
        assert route.path_regex.match("/v1/ecgs/e-1/insights/more") is None
    dependant = route.dependant
    with relying("`dependant` names the parameters by where they are read from", see=DIRECT):
        assert dependant.request_param_name == "asked"
        assert [(one.name, one.field_info.annotation) for one in dependant.path_params] == [("ecg_id", str)]
        (parameter,) = dependant.query_params
        assert (parameter.name, parameter.alias) == ("receipt", "receipt")
        assert parameter.field_info.annotation == str | None
        assert not parameter.field_info.is_required()
        (header,) = dependant.header_params
        assert (header.name, header.alias, header.default) == ("prefer", "prefer", None)
        assert header.field_info.annotation == str | None
        assert (dependant.cookie_params, dependant.body_params) == ([], [])
    with relying("a query parameter's `validate` gives its value, and what is wrong with it", see=DIRECT):
        assert parameter.validate("r", {}, loc=("query", "receipt")) == ("r", [])
        _, (wrong,) = parameter.validate(1, {}, loc=("query", "receipt"))
        assert wrong["loc"] == ("query", "receipt")
    with relying(
        "`dependant.dependencies` has each dependency's name, call, and where it takes the request",
        see=DIRECT,
    ):
        (needed,) = dependant.dependencies
        assert (needed.name, needed.call, needed.request_param_name) == ("caller", who, "request")
    with relying("`endpoint` is the function as it was written", see=DIRECT):
        assert parameters(route.endpoint) == ["asked", "ecg_id", "caller", "receipt", "prefer"]


def asked(
    app: Any, path: str, *headers: tuple[bytes, bytes], method: str = "GET"
) -> tuple[dict[str, Any], bytes]:
    """The scope after a request, and the answer's body."""
    scope: dict[str, Any] = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"host", b"h"), *headers],
    }
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    return scope, b"".join(message.get("body", b"") for message in sent)


def test_the_scope_tells_which_route_was_taken() -> None:
    """Metrics, logs and the `Allow` header go by it."""
    app = FastAPI()
    app.include_router(made())
    scope, body = asked(app, "/v1/ecgs/e-1/insights")
    assert body == b"h e-1 None None GET"
    with relying("`scope['route'].path` is the path as it was written", see="service_kit/http/middleware.py"):
        assert scope["route"].path == "/v1/ecgs/{ecg_id}/insights"
    scope, _ = asked(app, "/v1/ecgs/e-1/insights", method="DELETE")
    with relying("so it is where only the method is another", see="service_kit/http/problems.py"):
        assert scope["route"].path == "/v1/ecgs/{ecg_id}/insights"


def test_cors_is_answered_by_the_two_methods_that_are_overridden() -> None:
    called = []

    class Seen(CORSMiddleware):
        async def simple_response(self, scope: Any, receive: Any, send: Any, request_headers: Any) -> None:
            called.append("simple_response")
            await super().simple_response(scope, receive, send, request_headers)

        def preflight_response(self, request_headers: Any) -> Response:
            called.append("preflight_response")
            return super().preflight_response(request_headers)

    app = FastAPI()
    app.include_router(made())
    app.add_middleware(Seen, allow_origins=["https://a.example"])
    origin = (b"origin", b"https://a.example")
    preflight = (b"access-control-request-method", b"GET")
    with relying("CORSMiddleware answers by simple_response and preflight_response", see=CORS):
        asked(app, "/v1/ecgs/e-1/insights", origin)
        assert called == ["simple_response"]
        asked(app, "/v1/ecgs/e-1/insights", origin, preflight, method="OPTIONS")
        assert called == ["simple_response", "preflight_response"]
        assert parameters(CORSMiddleware.simple_response) == ["scope", "receive", "send", "request_headers"]
        assert parameters(CORSMiddleware.preflight_response) == ["request_headers"]
