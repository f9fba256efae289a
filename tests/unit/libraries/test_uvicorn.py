"""What is relied on of uvicorn, and of httptools below it: the life of a connection, a request and an answer.

The real protocol and parser, over a transport that keeps what is written.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, cast

import httptools
import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from service_kit.http.server.stop_signal import Server
from tests.unit.libraries.relying import parameters, relying

REQUESTS, CONNECTIONS = "service_kit/http/server/requests.py", "service_kit/http/server/connections.py"
HEADS, STOP = "service_kit/http/server/heads.py", "service_kit/http/server/stop_signal.py"


class Written(asyncio.Transport):
    """Keeps what is written to it."""

    def __init__(self) -> None:
        super().__init__({"peername": ("192.0.2.1", 5), "sockname": ("192.0.2.2", 80)})
        self.data = bytearray()
        self.closing = False

    def write(self, data: Any) -> None:
        self.data += data

    def close(self) -> None:
        self.closing = True

    def is_closing(self) -> bool:
        return self.closing

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    assert scope["type"] == "http"
    assert (await receive())["body"] == b"abc"
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


POST = b"POST /a?b HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n"


def connected(
    made: Callable[..., HttpToolsProtocol] = HttpToolsProtocol,
) -> tuple[Any, Written]:
    config = uvicorn.Config(application, log_config=None, lifespan="off", ws="none")
    protocol = made(config, ServerState(), {}, asyncio.get_running_loop())
    transport = Written()
    protocol.connection_made(transport)
    return protocol, transport


def test_what_is_overridden_is_called_so() -> None:
    expected = {
        "connection_made": ["transport"],
        "connection_lost": ["exc"],
        "data_received": ["data"],
        "eof_received": [],
        "shutdown": [],
        "_start_asgi_task": ["cycle", "app"],
        "_unset_keepalive_if_required": [],
        "timeout_keep_alive_handler": [],
        "on_message_begin": [],
        "on_header": ["name", "value"],
        "on_headers_complete": [],
        "on_body": ["body"],
        "on_message_complete": [],
        "on_response_complete": [],
    }
    for name, wanted in expected.items():
        with relying(f"uvicorn's HttpToolsProtocol has {name}({', '.join(wanted)})", see=CONNECTIONS):
            assert parameters(getattr(HttpToolsProtocol, name)) == wanted


def test_a_request_goes_from_the_parser_to_a_cycle_and_its_answer_to_the_transport() -> None:
    started: list[RequestResponseCycle] = []

    class Seen(HttpToolsProtocol):
        def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
            started.append(cycle)
            super()._start_asgi_task(cycle, app)

    async def scenario() -> None:
        protocol, transport = connected(Seen)
        with relying(
            "a connection without a request has no cycle, no timer and an empty pipeline", see=CONNECTIONS
        ):
            assert (protocol.cycle, protocol.timeout_keep_alive_task) == (None, None)
            assert not protocol.pipeline
            assert protocol.client == ("192.0.2.1", 5)
            assert protocol.server_state.default_headers == []
        protocol.data_received(POST + b"\r\nab")
        with relying(
            "a request's head makes `_start_asgi_task` be called with its cycle, before its body",
            see=CONNECTIONS,
        ):
            assert started == [protocol.cycle]
            cycle = protocol.cycle
            assert cycle.transport is transport
            assert (cycle.body, cycle.more_body) == (b"ab", True)
            assert (cycle.response_started, cycle.response_complete, cycle.disconnected) == (
                False,
                False,
                False,
            )
            assert (protocol.url, protocol.headers[0]) == (b"/a?b", (b"host", b"h"))
            assert (cycle.scope["method"], cycle.waiting_for_100_continue) == ("POST", False)
        with relying("more of a body is added with += to `cycle.body`, whatever bytes it is", see=REQUESTS):
            cycle.body = b"ab"
            protocol.data_received(b"c")
            assert cycle.body == b"abc"
            assert cycle.more_body is False
            assert cycle.message_event.is_set()
        await asyncio.wait(protocol.tasks)
        with relying(
            "an answer is written as head and body, then `on_response_complete` arms the timer",
            see=CONNECTIONS,
        ):
            assert bytes(transport.data) == b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
            assert cycle.response_complete
            assert protocol.timeout_keep_alive_task is not None
            protocol._unset_keepalive_if_required()
            assert protocol.timeout_keep_alive_task is None

    asyncio.run(scenario())


def test_an_answer_goes_through_whatever_transport_its_cycle_has() -> None:
    """And the last one ends its connection by that transport's `close`."""

    async def scenario() -> None:
        protocol, transport = connected()
        protocol.data_received(POST + b"Connection: close\r\n\r\n")
        cycle, done = protocol.cycle, []

        class Between(Written):
            def write(self, data: Any) -> None:
                done.append(bytes(data))

            def close(self) -> None:
                done.append(b"closed")

        cycle.transport = Between()
        protocol.data_received(b"abc")
        await asyncio.wait(protocol.tasks)
        with relying("an answer is written to `cycle.transport`, and its end closes that", see=CONNECTIONS):
            assert not transport.data
            assert done[1:] == [b"ok", b"closed"]

    asyncio.run(scenario())


def test_a_request_that_comes_early_waits_in_the_pipeline_newest_first() -> None:
    async def scenario() -> None:
        protocol, _ = connected()
        for _ in range(3):
            protocol.data_received(POST + b"\r\nabc")
        with relying("`pipeline` holds (cycle, app), the newest at the left", see=CONNECTIONS):
            assert protocol.pipeline[0][0] is protocol.cycle
            assert len(protocol.pipeline) == 2
            assert protocol.flow.read_paused
        while not protocol.cycle.response_complete:
            await asyncio.sleep(0)
        protocol._unset_keepalive_if_required()

    asyncio.run(scenario())


def test_who_waits_to_be_asked_for_a_body_is_known() -> None:
    async def scenario() -> None:
        protocol, transport = connected()
        protocol.data_received(POST + b"Expect: 100-continue\r\n\r\n")
        with relying(
            "`waiting_for_100_continue` is true until `receive` asks",
            see="service_kit/http/server/unread_body.py",
        ):
            assert protocol.cycle.waiting_for_100_continue
            while not transport.data:
                await asyncio.sleep(0)
            assert transport.data == b"HTTP/1.1 100 Continue\r\n\r\n"
            assert not protocol.cycle.waiting_for_100_continue
        with relying(
            "a cycle that is `disconnected`, with its event set, hears so and says nothing", see=CONNECTIONS
        ):
            protocol.cycle.disconnected = True
            protocol.cycle.message_event.set()
            assert await protocol.cycle.receive() == {"type": "http.disconnect"}
        for task in tuple(protocol.tasks):
            task.cancel()
        await asyncio.sleep(0)

    asyncio.run(scenario())


def test_a_stop_lets_an_idle_connection_go_and_makes_another_answer_its_last() -> None:
    async def scenario() -> None:
        idle, transport = connected()
        busy, other = connected()
        busy.data_received(POST + b"\r\n")
        idle.shutdown()
        busy.shutdown()
        with relying("`shutdown` closes what is idle and ends keep-alive of what is not", see=CONNECTIONS):
            assert (transport.closing, other.closing) == (True, False)
            assert busy.cycle.keep_alive is False
        busy.data_received(b"abc")
        await asyncio.wait(busy.tasks)
        with relying("an answer without keep-alive says so and closes", see=CONNECTIONS):
            assert b"connection: close\r\n" in other.data
            assert other.closing

    asyncio.run(scenario())


def test_the_status_line_of_every_problem_is_there() -> None:
    with relying(
        "STATUS_LINE has the first line of an answer by status", see="service_kit/http/server/refusals.py"
    ):
        assert STATUS_LINE[408] == b"HTTP/1.1 408 Request Timeout\r\n"
        assert {400, 408, 413, 429, 503} <= STATUS_LINE.keys()


def test_the_server_takes_our_protocol() -> None:
    made = cast("type[asyncio.Protocol]", partial(HttpToolsProtocol))
    config = uvicorn.Config(application, log_config=None, lifespan="off", http=made)
    config.load()
    with relying("Config takes whatever makes a protocol for `http`", see="service_kit/process/serving.py"):
        assert config.http_protocol_class is made


def test_a_stop_tells_every_connection_before_it_first_waits() -> None:
    told: list[str] = []

    class Told:
        def shutdown(self) -> None:
            told.append("connection")
            server.server_state.connections.clear()

    config = uvicorn.Config(application, log_config=None, lifespan="off")
    config.load()
    server = Server(config, [lambda: told.append("at_stop")])
    server.lifespan, server.servers = config.lifespan_class(config), []
    server.server_state.connections.add(cast("Any", Told()))
    with relying("`shutdown(sockets)` calls each connection's before it waits for any", see=STOP):
        asyncio.run(server.shutdown())
        assert told == ["connection", "at_stop"]


def test_the_parser_says_how_far_it_read_a_head_that_offers_another_protocol() -> None:
    told: list[tuple[Any, ...]] = []

    class Told:
        def on_headers_complete(self) -> None:
            told.append((parser.get_method(), parser.get_http_version(), parser.should_upgrade()))

    parser = httptools.HttpRequestParser(Told())
    head = b"GET / HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n"
    with relying("HttpParserUpgrade's first argument is where the rest begins", see=REQUESTS):
        parser.set_dangerous_leniencies(lenient_data_after_close=True)
        with pytest.raises(httptools.HttpParserUpgrade) as stop:
            parser.feed_data(head + b"rest")
        assert stop.value.args[0] == len(head)
        assert told == [(b"GET", "1.1", True)]


def test_the_parser_raises_for_what_is_no_request_and_for_what_a_callback_raises() -> None:
    class Refusing:
        def on_url(self, _: bytes) -> None:
            raise ValueError("of ours")

    with relying("what is no request raises HttpParserInvalidMethodError itself", see=HEADS):
        with pytest.raises(httptools.HttpParserError) as refused:
            httptools.HttpRequestParser(object()).feed_data(b"no request\r\n\r\n")
        assert refused.type is httptools.HttpParserInvalidMethodError
    with relying("what a callback raises is a HttpParserCallbackError", see=HEADS):
        with pytest.raises(httptools.HttpParserError) as broken:
            httptools.HttpRequestParser(Refusing()).feed_data(b"GET / HTTP/1.1\r\n\r\n")
        assert broken.type is httptools.HttpParserCallbackError
