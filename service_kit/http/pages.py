"""The API's pages, ``/docs`` and ``/redoc``, from files of this machine: no browser is sent anywhere else.

A policy with each says so to the browser as well: it runs no script that the page did not bring, asks no host that the
page need not ask, and shows the page in no frame. Who signs in on it types a password.
"""

import base64
import hashlib
import re
from collections.abc import Iterator, Sequence
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
_FAVICON = f"{_ASSETS}/favicon.png"
_INLINE_SCRIPT = re.compile(rb"<script>(.*?)</script>", re.DOTALL)


def install(app: FastAPI, origins: Sequence[str] = ()) -> None:
    """Add the pages over the application's own document. `origins`: others that are asked from them, for a token."""
    files = Path(fastapi_offline.__file__).parent / "static"
    app.mount(_ASSETS, StaticFiles(directory=files))

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        page = get_swagger_ui_html(
            openapi_url=_OPENAPI,
            title=app.title,
            oauth2_redirect_url=_OAUTH2_REDIRECT,
            swagger_js_url=f"{_ASSETS}/swagger-ui-bundle.js",
            swagger_css_url=f"{_ASSETS}/swagger-ui.css",
            swagger_favicon_url=_FAVICON,
        )
        return _guarded(page, origins)

    @app.get(_OAUTH2_REDIRECT, include_in_schema=False)
    async def oauth2_redirect() -> HTMLResponse:
        return _guarded(get_swagger_ui_oauth2_redirect_html(), ())

    @app.get("/redoc", include_in_schema=False)
    async def redoc() -> HTMLResponse:
        page = get_redoc_html(
            openapi_url=_OPENAPI,
            title=app.title,
            redoc_js_url=f"{_ASSETS}/redoc.standalone.js",
            redoc_favicon_url=_FAVICON,
            with_google_fonts=False,
        )
        return _guarded(page, ())


def _guarded(page: HTMLResponse, origins: Sequence[str]) -> HTMLResponse:
    scripts = " ".join(_inline_scripts(bytes(page.body)))
    page.headers["content-security-policy"] = "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' {scripts}",
            # Both pages write styles as they go; Redoc would fetch its maker's logo, and works in a thread of a blob.
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data:",
            "font-src 'self' data:",
            "worker-src blob:",
            f"connect-src 'self' {' '.join(origins)}",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )
    page.headers["x-frame-options"] = "DENY"
    page.headers["referrer-policy"] = "no-referrer"
    page.headers["cache-control"] = "no-cache"
    return page


def _inline_scripts(html: bytes) -> Iterator[str]:
    """The scripts that stand in a page, as its policy names them."""
    for script in _INLINE_SCRIPT.findall(html):
        yield f"'sha256-{base64.b64encode(hashlib.sha256(script).digest()).decode()}'"
