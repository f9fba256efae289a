"""Pages of named origins may call, others are told no in the way of every error."""

from collections.abc import Sequence

import httpx
import pytest

from schemas.problems import CONTENT_TYPE
from service_kit.http.framework import cors
from tests.unit.service_kit.apps import ask, failing_app

PAGE = "https://app.example"


def preflight(origins: Sequence[str], **asked: str) -> httpx.Response:
    app = failing_app()
    cors.install(app, origins, methods=["GET"], headers=["Prefer"], exposed=["Link"])
    headers = {"Origin": PAGE, "Access-Control-Request-Method": "GET"}
    headers |= {name.replace("_", "-"): value for name, value in asked.items()}
    return ask(app, "OPTIONS", "/list", headers=headers)


def test_a_page_of_a_named_origin_may_call() -> None:
    answer = preflight([PAGE], Access_Control_Request_Headers="authorization,prefer,x-requested-with")
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == PAGE


@pytest.mark.parametrize(
    "asked",
    [
        {"Origin": "https://else.example"},
        {"Access_Control_Request_Method": "DELETE"},
        {"Access_Control_Request_Headers": "x-other"},
    ],
)
def test_what_is_not_allowed_is_a_problem(asked: dict[str, str]) -> None:
    answer = preflight([PAGE], **asked)
    assert answer.status_code == 403
    assert answer.headers["content-type"] == CONTENT_TYPE
    assert answer.headers["x-request-id"]


def test_without_origins_no_page_may_call() -> None:
    answer = preflight([])
    assert answer.status_code == 405
    assert "access-control-allow-origin" not in answer.headers


def test_a_page_reads_errors_and_the_named_headers() -> None:
    app = failing_app()
    cors.install(app, [PAGE], methods=["GET"], headers=[], exposed=["Link"])
    answer = ask(app, "GET", "/broken", headers={"Origin": PAGE})
    assert answer.status_code == 500
    assert answer.headers["access-control-allow-origin"] == PAGE
    assert {"Link", "X-Request-ID", "Retry-After"} <= set(
        answer.headers["access-control-expose-headers"].split(", ")
    )


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8001", "http://127.0.0.1:8001/", "http://127.0.0.1:8001/ecg"]
)
def test_an_origin_has_no_path(url: str) -> None:
    assert cors.origin_of(url) == "http://127.0.0.1:8001"
