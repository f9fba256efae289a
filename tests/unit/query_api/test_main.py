"""The API's document: complete, and with examples that are what they claim to be."""

from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from query_api.main import create_app
from query_api.settings import Settings
from service_kit.callers.tokens import TokenVerifier
from tests.unit.service_kit.apps import ask

JSON, PROBLEM, FORM = "application/json", "application/problem+json", "application/x-www-form-urlencoded"
# A code in the body, or a password, says who asks.
WITHOUT_TOKEN = {
    "/v1/oidc/authorize",
    "/v1/oidc/callback",
    "/v1/devices/pair",
    "/v1/invitations/redeem",
    "/v1/revoke",
}
OPEN = WITHOUT_TOKEN | {"/v1/token"}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return create_app(Settings()).openapi()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for operation in methods.values():
            yield path, operation


def test_every_operation_has_an_id_of_its_own_and_a_summary(document: dict[str, Any]) -> None:
    ids = [operation["operationId"] for _, operation in operations(document)]

    assert len(ids) == len(set(ids))
    assert all(operation["summary"] for _, operation in operations(document))


def test_every_example_is_valid(document: dict[str, Any]) -> None:
    checked = 0
    for _, operation in operations(document):
        bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
        for body in bodies:
            for media_type in (JSON, PROBLEM, FORM):
                content = body.get("content", {}).get(media_type, {})
                if "example" in content:
                    schema = content["schema"] | {"components": document["components"]}
                    jsonschema.validate(content["example"], schema)
                    checked += 1
    assert checked > 40


def stranger(app: ASGIApp) -> ASGIApp:
    """The application, which has not been started, as somebody meets it whose token nobody believes."""

    async def met(scope: Scope, receive: Receive, send: Send) -> None:
        state = {"tokens": TokenVerifier(issuer="i", audience="a")}
        await app({**scope, "state": state}, receive, send)

    return met


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/v1/devices/pair", "POST"),
        ("DELETE", "/v1/devices/codes", "POST"),
        ("OPTIONS", "/v1/devices/pair", "POST"),
        ("PATCH", "/v1/users/me", "GET, HEAD"),
        ("PUT", "/v1/users/6f9619ff-8b86-4d01-b42d-00cf4fc964ff", "GET, HEAD, PATCH"),
    ],
)
def test_no_path_is_taken_for_an_id(method: str, path: str, allowed: str) -> None:
    answer = ask(stranger(create_app(Settings())), method, path)

    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)


@pytest.mark.parametrize("path", ["/v1/users/ann", "/v1/devices/holter-3", "/v1/devices/holter-3/ecgs"])
def test_there_is_nothing_under_what_is_no_id(path: str) -> None:
    assert ask(stranger(create_app(Settings())), "GET", path).status_code == 404


def test_what_may_be_kept_may_be_asked_about(document: dict[str, Any]) -> None:
    kept = [
        operation
        for _, operation in operations(document)
        if "ETag" in operation["responses"].get("200", {}).get("headers", {})
    ]
    assert len(kept) > 8
    for operation in kept:
        asked = {one["name"] for one in operation["parameters"]}
        assert "304" in operation["responses"], operation["operationId"]
        assert "If-None-Match" in asked, operation["operationId"]


def test_every_path_under_v1_tells_its_answer_and_its_problems(document: dict[str, Any]) -> None:
    for path, operation in operations(document):
        if path.startswith("/v1/"):
            answers = operation["responses"]
            expected = {"503"} if path in WITHOUT_TOKEN else {"401", "503"}
            assert expected <= answers.keys(), path
            assert answers.keys() & {"204", "303"} or any(
                "example" in answers[code]["content"][JSON] for code in ("200", "201") if code in answers
            )
            assert "HTTPValidationError" not in str(operation)


def test_authorize_signs_in_with_the_password_form(document: dict[str, Any]) -> None:
    (scheme,) = document["components"]["securitySchemes"].values()

    assert scheme["flows"]["password"]["tokenUrl"] == "/v1/token"
    for path, operation in operations(document):
        assert ("security" in operation) == (path.startswith("/v1/") and path not in OPEN), path
