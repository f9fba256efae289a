"""The FastAPI application that every service is: errors as problems, an API's pages from files of this machine."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from fastapi import FastAPI

from service_kit.http import pages, problems

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[Any]]


def application(
    title: str, *, lifespan: Lifespan, description: str | None = None, asked_from_pages: Sequence[str] = ()
) -> FastAPI:
    """A new application. `description`: of an API, in Markdown; a service without one has no document and no pages.

    `asked_from_pages`: other origins that its pages may ask.

    FastAPI's own telemetry is off: it would look for a collector on each request, and could quote to it what a
    failure quotes. What is told of requests is in `service_kit.http.middleware`.
    """
    app = FastAPI(
        title=title,
        version="1",
        description=description or "",
        lifespan=lifespan,
        redirect_slashes=False,
        openapi_url="/openapi.json" if description else None,
        docs_url=None,
        redoc_url=None,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    if description:
        pages.install(app, asked_from_pages)
    problems.install(app)
    return app
