"""A body is taken up to its limits in bytes and time, and refused unread where that can be known."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from starlette.types import Message

from tests.unit.service_kit.apps import MAX_BYTES, PACE, ask, failing_app

APP = failing_app()
JSON = {"content-type": "application/json"}


async def chunks(*sizes: int, pause_seconds: float = 0.0) -> AsyncIterator[bytes]:
    for size in sizes:
        yield b"x" * size
        await asyncio.sleep(pause_seconds)


@pytest.mark.parametrize("sizes", [(0,), (1,), (MAX_BYTES,), (30, 30, 40), ()])
def test_a_body_within_its_limits_is_read_whole(sizes: tuple[int, ...]) -> None:
    answer = ask(APP, "POST", "/body", content=chunks(*sizes), headers=JSON)
    assert answer.json() == {"bytes": sum(sizes)}


def test_a_body_that_announces_too_much_is_refused_unread() -> None:
    read: list[bytes] = []

    async def watched() -> AsyncIterator[bytes]:
        async for chunk in chunks(1, 1):
            read.append(chunk)
            yield chunk

    headers = JSON | {"content-length": str(MAX_BYTES + 1)}
    assert ask(APP, "POST", "/body", content=watched(), headers=headers).status_code == 413
    assert not read


@pytest.mark.parametrize("sizes", [(MAX_BYTES + 1,), (60, 60)])
def test_a_body_that_says_nothing_and_is_too_large_is_refused(sizes: tuple[int, ...]) -> None:
    assert ask(APP, "POST", "/body", content=chunks(*sizes), headers=JSON).status_code == 413


def test_a_body_that_says_less_than_it_is_is_refused() -> None:
    headers = JSON | {"content-length": "1"}
    assert ask(APP, "POST", "/body", content=chunks(60, 60), headers=headers).status_code == 413


def test_a_body_that_dawdles_is_not_waited_for() -> None:
    content = chunks(1, 1, 1, pause_seconds=2 * PACE.stall_seconds)
    assert ask(APP, "POST", "/body", content=content, headers=JSON).status_code == 408


def test_a_body_that_comes_slowly_and_steadily_is_waited_for() -> None:
    pause = PACE.stall_seconds / 2
    content = chunks(20, 20, 20, 20, 20, pause_seconds=pause)
    assert ask(APP, "POST", "/body", content=content, headers=JSON).json() == {"bytes": 100}


def test_a_body_that_breaks_off_is_malformed() -> None:
    received: list[Message] = [
        {"type": "http.request", "body": b"{", "more_body": True},
        {"type": "http.disconnect"},
    ]
    sent: list[Message] = []

    async def receive() -> Message:
        return received.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/body", "query_string": b"", "root_path": ""}
    scope |= {"headers": [(b"content-type", b"application/json")], "http_version": "1.1"}
    asyncio.run(APP(scope, receive, send))
    assert sent[0]["status"] == 400
    assert "connection" in json.loads(sent[1]["body"])["detail"]


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        'application/json;charset="UTF-8"',
        "application/json ; charset = utf-8",
        "application/json;",
    ],
)
def test_json_in_utf8_is_taken(content_type: str) -> None:
    assert ask(APP, "POST", "/body", content=b"{}", headers={"content-type": content_type}).is_success


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-type": "text/plain"},
        {"content-type": "application/json, text/plain"},
        {"content-type": "application/jsonx"},
        {"content-type": "application/json; charset=latin-1"},
        {"content-type": "application/json; charset=utf-8; v=1"},
        {"content-type": "application/json", "content-encoding": "gzip"},
    ],
)
def test_anything_else_is_not_spoken(headers: dict[str, str]) -> None:
    assert ask(APP, "POST", "/body", content=b"{}", headers=headers).status_code == 415
