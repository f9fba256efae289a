"""The head of an answer goes out with the first of its body, and nothing that must not wait is held back."""

import asyncio
import logging
from typing import Any

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from service_kit.http.server.coalescing import CoalescingTransport

STARTED = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"3")]}


class Wire:
    """A transport's packets, and None for its end."""

    def __init__(self) -> None:
        self.packets: list[bytes | None] = []

    def writelines(self, parts: list[bytes]) -> None:
        self.packets.append(b"".join(parts))

    def close(self) -> None:
        self.packets.append(None)

    def is_closing(self) -> bool:
        return None in self.packets


def packets(app: Any, *, expect_100_continue: bool = False) -> list[bytes | None]:
    """What goes out while `app` answers a request without a body."""

    async def answered() -> list[bytes | None]:
        wire: Any = Wire()
        cycle = RequestResponseCycle(
            scope={"type": "http", "method": "POST"},  # type: ignore[typeddict-item]
            transport=wire,
            flow=FlowControl(wire),
            logger=logging.getLogger("uvicorn.error"),
            access_logger=logging.getLogger("uvicorn.access"),
            access_log=False,
            default_headers=[],
            message_event=asyncio.Event(),
            expect_100_continue=expect_100_continue,
            keep_alive=True,
            on_response=lambda: None,
        )
        cycle.more_body = False
        cycle.message_event.set()
        cycle.transport = CoalescingTransport(cycle, close=wire.close)  # type: ignore[assignment]
        await cycle.run_asgi(app)
        return list(wire.packets)

    return asyncio.run(answered())


async def whole(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await send(STARTED)
    await send({"type": "http.response.body", "body": b"abc"})


async def in_parts(scope: Scope, receive: Receive, send: Send) -> None:
    await send(STARTED)
    for part, more in ((b"a", True), (b"bc", False)):
        await send({"type": "http.response.body", "body": part, "more_body": more})


async def broken_off(scope: Scope, receive: Receive, send: Send) -> None:
    await send(STARTED)


HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n"


def test_an_answer_is_one_packet() -> None:
    assert packets(whole) == [HEAD + b"abc"]


def test_what_follows_the_first_of_a_body_does_not_wait() -> None:
    assert packets(in_parts) == [HEAD + b"a", b"bc"]


def test_a_caller_who_waits_to_be_told_to_send_is_told_at_once() -> None:
    assert packets(whole, expect_100_continue=True) == [b"HTTP/1.1 100 Continue\r\n\r\n", HEAD + b"abc"]


def test_a_head_that_nothing_follows_goes_out_when_the_connection_ends() -> None:
    assert packets(broken_off) == [HEAD, None]
