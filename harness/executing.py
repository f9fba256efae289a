"""An OpenAPI document tried as its page does it: Authorize, then Execute on every operation, with its examples."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self
from urllib.parse import quote, urljoin

import httpx
import jsonschema

from harness.running import until
from infra.local.admin import Account

JSON = "application/json"
# What is of the moment, and so never like the example.
_OF_THE_MOMENT = frozenset({"accepted_at"})
# The addresses that answers lead to in examples, of the query API and of the proxy, are the default ones.
_EXAMPLES_URL = re.compile(r"http://127\.0\.0\.1:80\d\d")
# By operation, in the order in which somebody tries them: who does it, and what the answer is then.
_STEPS: dict[str, tuple[Literal["client", "admin"], int]] = {
    "getHealth": ("client", 200),
    "getReadiness": ("client", 200),
    "getMetrics": ("client", 200),
    "getKeys": ("client", 200),
    # With the password of the example, which nobody has.
    "createToken": ("client", 401),
    # With the tokens, the invitation and the passwords of the examples, which are nobody's either.
    "revokeToken": ("client", 204),
    "redeemInvitation": ("client", 404),
    "changePassword": ("client", 401),
    "getMe": ("client", 200),
    "getLimits": ("client", 200),
    "uploadEcg": ("client", 202),
    "getInsights": ("client", 200),
    "getStatus": ("client", 200),
    "getEcg": ("client", 200),
    "listEcgs": ("client", 200),
    "listAudit": ("client", 200),
    # By a provider, which there is none of.
    "beginSignIn": ("client", 404),
    "endSignIn": ("client", 404),
    "createUser": ("admin", 201),
    "listUsers": ("admin", 200),
    "getUser": ("admin", 200),
    "inviteUser": ("admin", 201),
    "changeUser": ("admin", 200),
    "createDevice": ("client", 201),
    "listDevices": ("client", 200),
    "getDevice": ("client", 200),
    "listDeviceEcgs": ("client", 200),
    "createPairingCode": ("client", 201),
    # With the code of the example, which was never given.
    "pairDevice": ("client", 404),
    "renameDevice": ("client", 200),
    "revokeDevice": ("client", 200),
    "listIdentityAudit": ("admin", 200),
}
# Those whose answers follow from the examples alone.
_ANN = "ann@example.com"
_LIKE_THE_EXAMPLE = frozenset({"getLimits", "uploadEcg", "getInsights", "getStatus", "getEcg", "listEcgs"})


@dataclass(frozen=True, slots=True)
class Operation:
    """One that the document describes."""

    method: str
    path: str
    described: dict[str, Any]

    def example(self, status: int) -> Any:
        """The document's example of this answer."""
        return self.described["responses"][str(status)]["content"][JSON]["example"]


@dataclass(frozen=True, slots=True)
class Page:
    """The page at `url` in somebody's browser, after Authorize."""

    http: httpx.Client
    url: str
    document: dict[str, Any]
    token: str

    @classmethod
    def of(cls, http: httpx.Client, url: str, account: Account) -> Self:
        """Open the page and sign in."""
        document = http.get(f"{url}/openapi.json").json()
        return cls(http, url, document, _authorized(http, url, document, account))

    def operations(self) -> dict[str, Operation]:
        """By id."""
        return {
            described["operationId"]: Operation(method.upper(), path, described)
            for path, operations in self.document["paths"].items()
            for method, described in operations.items()
        }

    def execute(self, operation: Operation, **typed: str) -> httpx.Response:
        """The answer, which is one that the document describes. `typed`: what somebody types over the examples."""
        sent: dict[str, dict[str, str]] = {"path": {}, "query": {}, "header": {}}
        for parameter in operation.described.get("parameters", []):
            value = typed.get(parameter["name"], _prefilled(parameter))
            assert value is not None or not parameter["required"], f"{parameter['name']} has to be typed"
            if value is not None:
                sent[parameter["in"]][parameter["name"]] = str(value)
        path = operation.path
        for name, value in sent["path"].items():
            path = path.replace(f"{{{name}}}", quote(value, safe=""))
        if "security" in operation.described:
            sent["header"]["Authorization"] = f"Bearer {self.token}"
        answer = self.http.request(
            operation.method,
            self.url + path,
            params=sent["query"],
            headers=sent["header"],
            **_body(operation),
        )
        self._check(operation, answer)
        return answer

    def _check(self, operation: Operation, answer: httpx.Response) -> None:
        described = operation.described["responses"].get(str(answer.status_code))
        assert described, f"{operation.path} answers {answer.status_code}, which is not described"
        content = described.get("content", {})
        if not content:
            assert not answer.content
            return
        media_type = answer.headers["content-type"].partition(";")[0]
        assert media_type in content, f"{operation.path} answers {media_type}, which is not described"
        if media_type.endswith("json"):
            schema = content[media_type]["schema"] | {"components": self.document["components"]}
            jsonschema.Draft202012Validator(schema).validate(answer.json())


def press_all(client: Page, admin: Page, *, query_url: str) -> None:
    """Execute every operation of the page once. The client is new; `query_url` is where answers lead to."""
    operations = client.operations()
    assert operations.keys() <= _STEPS.keys()
    for name, (who, status) in _STEPS.items():
        if name in operations:
            page = client if who == "client" else admin
            _press(page, name, operations[name], status, query_url)


def _press(page: Page, name: str, operation: Operation, status: int, query_url: str) -> None:
    typed = dict(_typed(page, name))
    if name == "getInsights":
        until(lambda: page.execute(operation, Prefer="wait=20").status_code == status, "the insights")
    answer = page.execute(operation, **typed)
    assert answer.status_code == status, f"{name}: {answer.text}"
    if name in _LIKE_THE_EXAMPLE:
        example = _renamed(operation.example(status), query_url)
        assert _like(example, answer.json()), f"{name}: {answer.text}"
    if "304" in operation.described["responses"]:
        # Others go on meanwhile, and what they do comes on an admin's lists: the same until nothing came between two.
        until(lambda: _is_unchanged(page, operation, typed), f"{name} unchanged")
    if name == "createUser":
        assert page.execute(operation).status_code == 409


def _is_unchanged(page: Page, operation: Operation, typed: Mapping[str, str]) -> bool:
    etag = page.execute(operation, **typed).headers["etag"]
    return page.execute(operation, **typed, **{"If-None-Match": etag}).status_code == 304


def _typed(page: Page, name: str) -> Iterator[tuple[str, str]]:
    """What has no example, because only the system or an application knows it."""
    if name in {"getUser", "inviteUser", "changeUser"}:
        users = page.execute(page.operations()["listUsers"], limit="200").json()["items"]
        # Who was just registered by the example.
        yield "user_id", next(user["id"] for user in users if user["email"] == _ANN)
    if name == "beginSignIn":
        yield from (("redirect_uri", "https://app.example/back"), ("code_challenge", "c" * 43))
    if name == "endSignIn":
        yield "state", "of another browser"
    if name in {"getDevice", "listDeviceEcgs", "renameDevice", "revokeDevice"}:
        yield "device_id", page.execute(page.operations()["listDevices"]).json()["items"][0]["id"]


def _authorized(http: httpx.Client, url: str, document: Mapping[str, Any], account: Account) -> str:
    """The token that the page's dialog gets, from wherever the document says that tokens are to be had."""
    scheme = document["components"]["securitySchemes"]["token"]
    address = urljoin(f"{url}/docs", scheme["flows"]["password"]["tokenUrl"])
    # What the dialog sends of a client that has no name.
    headers = {"Authorization": "Basic Og==", "X-Requested-With": "XMLHttpRequest"}
    elsewhere = not address.startswith(f"{url}/")
    if elsewhere:
        headers["Origin"] = url
        asked = {
            "Origin": url,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,x-requested-with",
        }
        assert http.options(address, headers=asked).status_code == 200
    form = {"grant_type": "password", "username": account.email, "password": account.password}
    answer = http.post(address, data=form, headers=headers)
    assert answer.status_code == 200, answer.text
    if elsewhere:
        assert answer.headers["access-control-allow-origin"] == url
    return str(answer.json()["access_token"])


def _prefilled(parameter: Mapping[str, Any]) -> Any:
    """What stands in a parameter's field before somebody types."""
    # Not the `examples` of the schema: Swagger UI does not look at them.
    schema = parameter["schema"]
    return parameter.get("example", schema.get("example", schema.get("default")))


def _body(operation: Operation) -> dict[str, Any]:
    """For httpx: the body that the page shows."""
    if "requestBody" not in operation.described:
        return {}
    # The first is what the page offers, where there are several.
    media_type, content = next(iter(operation.described["requestBody"]["content"].items()))
    return {"json" if media_type == JSON else "data": content["example"]}


def _renamed(example: Any, query_url: str) -> Any:
    """The example as this system would give it."""
    match example:
        case dict():
            return {name: _renamed(inner, query_url) for name, inner in example.items()}
        case str():
            return _EXAMPLES_URL.sub(query_url, example)
        case _:
            return example


def _like(example: Any, told: Any) -> bool:
    """Whether an answer says what its example says. Its lists may hold more, such as another insight."""
    match example, told:
        case dict(), dict():
            names = example.keys() - _OF_THE_MOMENT
            return example.keys() == told.keys() and all(_like(example[name], told[name]) for name in names)
        case list(), list():
            return all(any(_like(one, found) for found in told) for one in example)
        case _:
            return bool(example == told)
