"""The table of doors has every route of both APIs, and each of its cells is what the running services answer."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

import ingest_api.main
import ingest_api.settings
import query_api.main
import query_api.settings
from harness.doors import APIS, CALLERS, Caller
from harness.querying import fresh_address
from harness.running import System, User, until
from harness.signing import claims, signed
from schemas.problems import CONTENT_TYPE

ECG_ID = "behind-a-door"
LEADS = [{"name": "II", "signal": [1, -1, 1]}]
METHODS = {"get", "post", "put", "patch", "delete"}
DOORS = [(api, operation) for api in APIS for operation in APIS[api].doors]


def urls(system: System) -> dict[str, str]:
    return {"ingest": system.ingest_url, "query": system.query_url}


@pytest.fixture(scope="module")
def documents(system: System) -> dict[str, dict[str, Any]]:
    """The document that each service shows."""
    return {api: system.http.get(f"{url}/openapi.json").json() for api, url in urls(system).items()}


@pytest.fixture(scope="module")
def owner(system: System) -> User:
    """A user who has one ECG, with its insights."""
    user = system.new_user()
    sent = system.http.post(
        f"{system.ingest_url}/v1/ecgs", json={"id": ECG_ID, "leads": LEADS}, headers=user.headers
    )
    assert sent.status_code == 202, sent.text
    ecg = f"{system.query_url}/v1/ecgs/{ECG_ID}"
    until(lambda: system.http.get(ecg, headers=user.headers).status_code == 200, "the owner's ECG")
    return user


@pytest.fixture(scope="module")
def devices(system: System, owner: User) -> dict[str, dict[str, str]]:
    """Of the owner: one that sent the ECG as well, one that is revoked, and one that is asked about."""
    found = {name: device(system, owner, name) for name in ("sends", "revoked", "other")}
    tokens = {name: {"Authorization": f"Bearer {one['token']}"} for name, one in found.items()}
    sent = system.http.post(
        f"{system.ingest_url}/v1/ecgs", json={"id": ECG_ID, "leads": LEADS}, headers=tokens["sends"]
    )
    assert sent.status_code == 202, sent.text
    status = f"{system.query_url}/v1/ecgs/{ECG_ID}/status"
    until(lambda: system.http.get(status, headers=tokens["sends"]).status_code == 200, "the device's ECG")
    out = f"{system.query_url}/v1/devices/{found['revoked']['id']}"
    assert system.http.delete(out, headers=owner.headers).status_code == 200
    limits = f"{system.ingest_url}/v1/limits"
    until(
        lambda: system.http.get(limits, headers=tokens["revoked"]).status_code == 401, "the device to be out"
    )
    return found


def device(system: System, owner: User, name: str) -> dict[str, str]:
    made = system.http.post(f"{system.query_url}/v1/devices", json={"name": name}, headers=owner.headers)
    assert made.status_code == 201, made.text
    found: dict[str, str] = made.json()
    return found


@pytest.fixture(scope="module")
def tokens(system: System, owner: User, devices: dict[str, dict[str, str]]) -> dict[Caller, str | None]:
    """The token of each caller. Those that are not good are by the key that signs, and name the owner."""
    return {
        "nobody": None,
        "wrong audience": signed(system, claims(owner.id, aud="somewhere-else")),
        "expired": signed(system, claims(owner.id, iat=1_700_000_000, exp=1_700_000_600)),
        "revoked device": devices["revoked"]["token"],
        "admin": system.admin.token,
        "another user": system.new_user().token,
        "device": devices["sends"]["token"],
        "owner": owner.token,
    }


def operations(document: dict[str, Any]) -> dict[str, tuple[str, str, dict[str, Any]]]:
    """Method, path and description by operation id."""
    return {
        described["operationId"]: (method, path, described)
        for path, found in document["paths"].items()
        for method, described in found.items()
        if method in METHODS
    }


@pytest.mark.parametrize("api", APIS)
def test_the_table_has_every_route_of_the_document_and_no_other(
    documents: dict[str, dict[str, Any]], api: str
) -> None:
    assert operations(documents[api]).keys() == APIS[api].doors.keys()
    assert all(len(door) == len(CALLERS) for door in APIS[api].doors.values())


def walked(routes: list[BaseRoute]) -> set[str]:
    """The paths of routes, those of included routers too."""
    found = set()
    for route in routes:
        inner = getattr(getattr(route, "original_router", None), "routes", None)
        path = route.path_format if isinstance(route, APIRoute) else str(getattr(route, "path", route))
        found |= walked(inner) if inner is not None else {path}
    return found


@pytest.mark.parametrize(
    ("api", "app"),
    [
        ("ingest", ingest_api.main.create_app(ingest_api.settings.Settings.model_construct())),
        ("query", query_api.main.create_app(query_api.settings.Settings.model_construct())),
    ],
    ids=APIS,
)
def test_beside_the_document_there_are_the_pages_alone(api: str, app: FastAPI) -> None:
    assert walked(app.routes) - app.openapi()["paths"].keys() == APIS[api].pages


@pytest.mark.parametrize(("api", "operation"), DOORS)
def test_each_caller_is_answered_as_the_table_says(
    system: System,
    documents: dict[str, dict[str, Any]],
    tokens: dict[Caller, str | None],
    owner: User,
    devices: dict[str, dict[str, str]],
    api: str,
    operation: str,
) -> None:
    method, path, described = operations(documents[api])[operation]
    found = {}
    for caller, token in tokens.items():
        answer = system.http.request(
            method,
            urls(system)[api]
            + path.format(ecg_id=ECG_ID, user_id=owner.id, device_id=devices["other"]["id"]),
            headers={} if token is None else {"Authorization": f"Bearer {token}"},
            **body(system, operation, owner),
        )
        found[caller] = answer.status_code
        check(answer, described, owner)
    assert tuple(found[caller] for caller in CALLERS) == APIS[api].doors[operation]


def body(system: System, operation: str, owner: User) -> dict[str, Any]:
    """For httpx: a body that is good, or as the table says."""
    if operation == "pairDevice":
        codes = f"{system.query_url}/v1/devices/codes"
        made = system.http.post(codes, json={"name": "Holter"}, headers=owner.headers)
        return {"json": {"code": made.json()["code"]}}
    bodies: dict[str, dict[str, Any]] = {
        "uploadEcg": {"json": {"id": f"{ECG_ID}-too", "leads": LEADS}},
        "createUser": {"json": {"email": fresh_address()}},
        "createDevice": {"json": {"name": "Holter"}},
        "createPairingCode": {"json": {"name": "Holter"}},
        "renameDevice": {"json": {"name": "Holter"}},
        "beginSignIn": {"params": {"redirect_uri": "https://app.example", "code_challenge": "c" * 43}},
        "endSignIn": {"params": {"state": "s" * 43}},
        "createToken": {"data": {"username": owner.email, "password": owner.password}},
        "revokeToken": {"data": {"token": "none"}},
        "redeemInvitation": {"json": {"invitation": "none", "password": "four words of my own"}},
        "changePassword": {"json": {}},
        "changeUser": {"json": {}},
    }
    return bodies.get(operation, {})


def check(answer: httpx.Response, described: dict[str, Any], owner: User) -> None:
    """The answer is of the document, and who is kept out hears of nothing that is inside."""
    assert str(answer.status_code) in described["responses"], answer.text
    assert (answer.status_code == 401) == ("www-authenticate" in answer.headers)
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == CONTENT_TYPE
        assert not any(secret in answer.text for secret in (ECG_ID, owner.id, owner.email))
