"""A web server on loopback that answers what a test has written down, one answer for each request."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec
import uvicorn

PROBLEM = "application/problem+json"
START_LIMIT_SECONDS = 10.0


@dataclass(frozen=True)
class Reply:
    """An answer. `breaks`: the connection ends in the middle of it."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    breaks: bool = False


@dataclass(frozen=True)
class Received:
    """A request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


BREAK = Reply(200, b"half", breaks=True)


def says(status: int, document: object, **headers: str) -> Reply:
    """An answer with a JSON document."""
    return Reply(status, msgspec.json.encode(document), {"content-type": "application/json", **headers})


def problem(status: int, **members: Any) -> Reply:
    """A problem document; `retry_after` is its header."""
    retry_after = members.pop("retry_after", None)
    headers = {"content-type": PROBLEM, "x-request-id": "r-1"}
    if retry_after is not None:
        headers["retry-after"] = str(retry_after)
    return Reply(status, msgspec.json.encode({"status": status, **members}), headers)


class Scripted:
    """The ASGI application. Answers in the order of its script; what it received is kept."""

    def __init__(self) -> None:
        self.script: list[Reply] = []
        self.received: list[Received] = []
        self.url = ""

    def play(self, *replies: Reply) -> None:
        """Forget the script before, and answer these."""
        self.script[:] = replies
        self.received.clear()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        query = scope["query_string"].decode()
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        path = scope["path"] + (f"?{query}" if query else "")
        self.received.append(Received(scope["method"], path, headers, body))
        reply = self.script.pop(0)
        length = len(reply.body) + (10 if reply.breaks else 0)
        rendered = {**reply.headers, "content-length": str(length)}
        await send(
            {
                "type": "http.response.start",
                "status": reply.status,
                "headers": [(name.encode(), value.encode()) for name, value in rendered.items()],
            }
        )
        await send({"type": "http.response.body", "body": reply.body, "more_body": reply.breaks})


@contextmanager
def serving() -> Iterator[Scripted]:
    """A server of a script, on a free port."""
    app = Scripted()
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    ends = time.monotonic() + START_LIMIT_SECONDS
    while not server.started:
        assert time.monotonic() < ends, "the scripted server did not start"
        time.sleep(0.01)
    host, port = server.servers[0].sockets[0].getsockname()
    app.url = f"http://{host}:{port}"
    try:
        yield app
    finally:
        server.should_exit = True
        thread.join(START_LIMIT_SECONDS)
