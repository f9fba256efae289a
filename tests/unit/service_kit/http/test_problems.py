"""Whatever goes wrong is answered as a problem of a known type, and nothing that was sent comes back."""

import json
from typing import Any

import httpx
import pytest

from schemas.problems import CONTENT_TYPE, PROBLEMS, UnauthenticatedError
from service_kit.http.problems import render
from tests.unit.service_kit.apps import SECRET, ask, failing_app

APP = failing_app()
TYPES = {problem.status: problem.type_uri() for problem in PROBLEMS}
JSON = {"content-type": "application/json"}


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status
    assert answer.headers["content-type"] == CONTENT_TYPE
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-request-id"]
    assert SECRET not in answer.text
    members: dict[str, Any] = answer.json()
    assert members["status"] == status
    assert members["type"] == TYPES[status]
    return members


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/missing", 404),
        ("GET", f"/{SECRET}", 404),
        ("GET", "/broken", 500),
        ("GET", "/teapot", 500),
        ("DELETE", "/list", 405),
        ("TRACE", "/list", 405),
        ("GET", "/away", 503),
        ("GET", f"/list?limit={SECRET}", 422),
        ("GET", "/mine", 401),
    ],
)
def test_every_failure_is_a_problem(method: str, path: str, status: int) -> None:
    problem(ask(APP, method, path), status)


def test_an_engine_that_is_away_is_worth_another_try() -> None:
    answer = ask(APP, "GET", "/away")
    assert answer.headers["retry-after"] == "1"
    assert "cassandra" in answer.json()["detail"]


def test_a_method_that_is_not_taken_comes_with_those_that_are() -> None:
    app = failing_app()

    @app.post("/list")
    async def listed() -> None:
        """Another method of the same path."""

    assert ask(APP, "DELETE", "/list").headers["allow"] == "GET, HEAD"
    assert ask(app, "DELETE", "/list").headers["allow"] == "GET, HEAD, POST"


def test_a_challenge_stands_on_every_401() -> None:
    assert render(UnauthenticatedError("no")).headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({"email": 5}, [{"pointer": "/email", "detail": "not a value that is taken here"}]),
        ({"email": SECRET * 9}, [{"pointer": "/email", "detail": "too long"}]),
        ({"email": "a", "age": SECRET}, [{"pointer": "/age", "detail": "not an integer"}]),
        ({"age": 1}, [{"pointer": "/email", "detail": "missing"}]),
        (SECRET, [{"pointer": "", "detail": "not a value that is taken here"}]),
        ({"email": "a", SECRET: 1}, [{"pointer": "", "detail": "a member that is not known"}]),
        ({"email": "a", "age": 1e400}, [{"pointer": "/age", "detail": "not a value that is taken here"}]),
    ],
)
def test_a_body_that_breaks_a_rule_is_told_where(body: object, errors: list[dict[str, str]]) -> None:
    answer = ask(APP, "POST", "/users", content=json.dumps(body), headers=JSON)
    assert problem(answer, 422)["errors"] == errors


def test_a_query_that_breaks_a_rule_is_told_by_name() -> None:
    errors = problem(ask(APP, "GET", "/list?limit=0"), 422)["errors"]
    assert errors == [{"parameter": "limit", "detail": "too small"}]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"email": "' + SECRET.encode(), id="cut off"),
        pytest.param(SECRET.encode(), id="no JSON"),
        pytest.param(b"\xff\xfe", id="no UTF-8"),
        pytest.param(b"[" * 100_000, id="nested without end"),
    ],
)
def test_a_body_that_does_not_decode_is_malformed(body: bytes) -> None:
    problem(ask(APP, "POST", "/users", content=body, headers=JSON), 400)
