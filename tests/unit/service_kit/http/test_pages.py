"""The pages' policy: what a browser may run, ask and frame of them."""

import asyncio
import base64
import hashlib
import re

import httpx
import pytest
from fastapi import FastAPI

from service_kit.http.pages import install

ASKED = "http://127.0.0.1:8002"


def page(path: str) -> httpx.Response:
    app = FastAPI(docs_url=None, redoc_url=None)
    install(app, [ASKED])

    async def get() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as client:
            return await client.get(path)

    return asyncio.run(get())


def policy(answer: httpx.Response) -> dict[str, list[str]]:
    told = answer.headers["content-security-policy"].split(";")
    return {name: values for name, *values in (rule.split() for rule in told)}


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/docs/oauth2-redirect"])
def test_only_the_scripts_that_a_page_brings_are_run(path: str) -> None:
    answer = page(path)
    scripts = re.findall(r"<script(.*?)>(.*?)</script>", answer.text, re.DOTALL)
    inline = [content for attributes, content in scripts if "src=" not in attributes]
    hashes = [base64.b64encode(hashlib.sha256(one.encode()).digest()).decode() for one in inline]
    assert policy(answer)["script-src"] == ["'self'", *(f"'sha256-{one}'" for one in hashes)]
    assert all('src="/docs/assets/' in attributes for attributes, content in scripts if "src=" in attributes)


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/docs/oauth2-redirect"])
def test_no_page_is_framed_or_sends_anything_elsewhere(path: str) -> None:
    answer = page(path)
    told = policy(answer)
    assert told["default-src"] == told["frame-ancestors"] == told["base-uri"] == ["'none'"]
    assert told["connect-src"] == ["'self'", *([ASKED] if path == "/docs" else [])]
    assert told["form-action"] == ["'self'"]
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["referrer-policy"] == "no-referrer"


def test_the_folder_of_the_pages_files_lists_nothing() -> None:
    assert page("/docs/assets/swagger-ui.css").status_code == 200
    assert {page(path).status_code for path in ("/docs/assets/", "/docs/assets/..%2f..%2f")} == {404}
