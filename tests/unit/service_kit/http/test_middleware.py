"""Every request has an id and a trace; every answer, a failure's too, bears the id."""

import asyncio
import re

import pytest
from prometheus_client import REGISTRY
from starlette.types import Message, Receive, Scope, Send

from service_kit.http.middleware import RequestContext
from tests.unit.service_kit.apps import ask, failing_app

APP = failing_app()
TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.mark.parametrize("given", ["a", "device-7.upload_3", "x" * 64])
def test_a_plain_request_id_is_kept(given: str) -> None:
    assert ask(APP, "GET", "/list", headers={"x-request-id": given}).headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["", " ", "a b", 'a"b', "é", "x" * 65, "a,b", "a:b"])
def test_any_other_request_id_is_replaced(given: str) -> None:
    answered = ask(APP, "GET", "/list", headers={"x-request-id": given.encode()}).headers["x-request-id"]
    assert answered != given
    assert re.fullmatch(r"[0-9a-f]{16}", answered)


@pytest.mark.parametrize("path", ["/list", "/missing", "/broken", "/nowhere"])
def test_every_answer_bears_its_id(path: str) -> None:
    first, second = (ask(APP, "GET", path).headers["x-request-id"] for _ in range(2))
    assert first != second


def test_a_trace_is_continued_and_a_hop_of_its_own_begun() -> None:
    received = ask(APP, "GET", "/trace", headers={"traceparent": TRACEPARENT}).json()
    assert received[:36] == TRACEPARENT[:36]
    assert received[36:52] != TRACEPARENT[36:52]


def test_requests_are_counted_by_route_and_not_by_what_a_client_makes_up() -> None:
    def count(method: str, route: str, status: int) -> float:
        labels = {"method": method, "route": route, "status": str(status)}
        return REGISTRY.get_sample_value("ecg_http_requests_total", labels) or 0.0

    before = count("GET", "/list", 200), count("other", "none", 404)
    ask(APP, "GET", "/list")
    ask(APP, "BREW", "/made-up")
    assert (count("GET", "/list", 200), count("other", "none", 404)) == (before[0] + 1, before[1] + 1)


def test_what_is_not_http_passes_through() -> None:
    seen: list[str] = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(scope["type"])

    async def receive() -> Message:
        return {"type": "lifespan.startup"}

    async def send(_: Message) -> None:
        return

    asyncio.run(RequestContext(app)({"type": "lifespan"}, receive, send))
    assert seen == ["lifespan"]


def test_an_answer_that_broke_off_is_not_answered_twice() -> None:
    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise RuntimeError

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def keep(message: Message) -> None:
        sent.append(message)

    sent: list[Message] = []
    scope: Scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
    asyncio.run(RequestContext(app)(scope, receive, keep))
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]


@pytest.mark.parametrize("begun", [False, True])
def test_who_is_given_up_at_a_stop_is_told_to_come_again_unless_half_is_said(begun: bool) -> None:
    """uvicorn cancels what a stop has waited for long enough; its own answer is a plain 500 without an id."""

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        if begun:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        await asyncio.sleep(60)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def keep(message: Message) -> None:
        sent.append(message)

    async def scenario() -> None:
        scope: Scope = {"type": "http", "method": "POST", "path": "/", "headers": []}
        asked = asyncio.create_task(RequestContext(app)(scope, receive, keep))
        await asyncio.sleep(0)
        asked.cancel()
        if begun:
            with pytest.raises(asyncio.CancelledError):
                await asked
        else:
            await asked

    sent: list[Message] = []
    asyncio.run(scenario())
    assert [message.get("status") for message in sent] == ([200] if begun else [503, None])
    if not begun:
        headers = dict(sent[0]["headers"])
        assert headers[b"content-type"] == b"application/problem+json"
        assert {b"retry-after", b"x-request-id"} <= headers.keys()
