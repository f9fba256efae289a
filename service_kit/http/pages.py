"""The API's pages, ``/docs`` and ``/redoc``, from files of this machine: no browser is sent anywhere else."""

from pathlib import Path

import fastapi_offline
from fastapi import FastAPI
from fastapi.openapi.docs import (
    get_redoc_html,
    get_swagger_ui_html,
    get_swagger_ui_oauth2_redirect_html,
)
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

_OPENAPI = "/openapi.json"
_ASSETS = "/docs/assets"
_OAUTH2_REDIRECT = "/docs/oauth2-redirect"
# Redoc would fetch its maker's logo.
_IMAGES_FROM_HERE = "img-src 'self' data:"
_FAVICON = f"{_ASSETS}/favicon.png"


def install(app: FastAPI) -> None:
    """Add the pages over the application's own document."""
    files = Path(fastapi_offline.__file__).parent / "static"
    app.mount(_ASSETS, StaticFiles(directory=files))

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url=_OPENAPI,
            title=app.title,
            oauth2_redirect_url=_OAUTH2_REDIRECT,
            swagger_js_url=f"{_ASSETS}/swagger-ui-bundle.js",
            swagger_css_url=f"{_ASSETS}/swagger-ui.css",
            swagger_favicon_url=_FAVICON,
        )

    @app.get(_OAUTH2_REDIRECT, include_in_schema=False)
    async def oauth2_redirect() -> HTMLResponse:
        return get_swagger_ui_oauth2_redirect_html()

    @app.get("/redoc", include_in_schema=False)
    async def redoc() -> HTMLResponse:
        page = get_redoc_html(
            openapi_url=_OPENAPI,
            title=app.title,
            redoc_js_url=f"{_ASSETS}/redoc.standalone.js",
            redoc_favicon_url=_FAVICON,
            with_google_fonts=False,
        )
        page.headers["content-security-policy"] = _IMAGES_FROM_HERE
        return page
