"""A small application that fails in every way a service can, and one call to ask it."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any

import httpx
from fastapi import Depends, FastAPI, HTTPException, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.types import ASGIApp, Receive, Scope, Send

from schemas.claims import Claims
from schemas.problems import NotFoundError
from service_kit.callers.authentication import RequireScope
from service_kit.callers.rate_limit import CallerState, limit_rate
from service_kit.callers.rates import RateLimiter
from service_kit.callers.tokens import TokenVerifier
from service_kit.engines.errors import EngineAwayError
from service_kit.http import problems
from service_kit.http.body import read_body, require_json, require_unencoded
from service_kit.http.middleware import RequestContext
from service_kit.http.pace import Pace

MAX_BYTES = 100
# Twenty bytes are worth two seconds of patience.
PACE = Pace(bytes_per_second=10, most_seconds=20, stall_seconds=0.2)
# Whatever a client sends, this must not come back.
SECRET = "quite-private-4711"


class User(BaseModel):
    """A body that pydantic checks."""

    model_config = ConfigDict(extra="forbid")

    email: str = Field(max_length=40)
    age: int = 0


class Started:
    """ASGI middleware: every request has the `state` that a lifespan would have given it."""

    def __init__(self, app: ASGIApp, state: Mapping[str, object]) -> None:
        self._app = app
        self._state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app({**scope, "state": {**self._state}}, receive, send)


def failing_app(verifier: TokenVerifier | None = None, per_second: float | None = None) -> FastAPI:
    """The application, its token check by `verifier`; `per_second`: requests of one user."""
    verifier = verifier or TokenVerifier(issuer="nobody", audience="nobody")
    state: CallerState = {"tokens": verifier, "rates": RateLimiter(per_second or 0)}
    app = FastAPI()
    app.add_middleware(RequestContext)
    app.add_middleware(Started, state=state)
    problems.install(app)

    @app.post("/body")
    async def body(request: Request) -> dict[str, int]:
        require_json(request)
        require_unencoded(request)
        return {"bytes": len(await read_body(request, max_bytes=MAX_BYTES, pace=PACE))}

    @app.post("/users")
    async def users(user: User) -> dict[str, str]:
        return {"email": user.email}

    @app.get("/list")
    async def listed(limit: Annotated[int, Query(ge=1, le=200)] = 10) -> int:
        return limit

    @app.get("/away")
    async def away() -> None:
        raise EngineAwayError("cassandra", f"OperationTimedOut {SECRET}")

    @app.get("/missing")
    async def missing() -> None:
        raise NotFoundError("no such ECG")

    @app.get("/broken")
    async def broken() -> None:
        raise RuntimeError(SECRET)

    @app.get("/teapot")
    async def teapot() -> None:
        raise HTTPException(418, SECRET)

    @app.get("/mine", dependencies=[Depends(limit_rate)])
    async def mine(claims: Annotated[Claims, Depends(RequireScope("ecgs:read", token_url="/token"))]) -> str:
        return str(claims.user_id)

    @app.get("/trace")
    async def trace(request: Request) -> str:
        return str(request.state.traceparent)

    return app


def ask(app: Any, method: str, path: str, **request: Any) -> httpx.Response:
    """The answer of `app`; an exception that it lets through is raised here."""

    async def once() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service") as client:
            return await client.request(method, path, **request)

    return asyncio.run(once())
