"""HTTP clients as devices and gateways have them: each sends one request and tells what the answer says."""

import http.client
import json
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx

LIMIT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Asked:
    """A request with a body."""

    url: str
    body: bytes
    method: str = "POST"
    headers: dict[str, str] = field(default_factory=dict)


# The status, and the last word of the problem's type where the answer is one.
Told = tuple[int, str]
Client = Callable[[Asked], Told]


def told(status: int, body: bytes) -> Told:
    """What an answer says."""
    return status, str(json.loads(body).get("type", "")).rpartition(":")[2]


def by_urllib(asked: Asked) -> Told:
    """Which says `Connection: close`, sends all of the body, and reads only then."""
    request = urllib.request.Request(asked.url, asked.body, asked.headers, method=asked.method)
    try:
        with urllib.request.urlopen(request, timeout=LIMIT_SECONDS) as answer:
            return told(answer.status, answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return told(error.code, error.read())


def by_http_client(asked: Asked) -> Told:
    """Which keeps the connection, sends all of the body, and reads only then."""
    return _by(http.client.HTTPConnection, asked)


def by_http_1_0(asked: Asked) -> Told:
    """The same in the HTTP of 1996, as many embedded stacks speak it still."""
    return _by(_Http10, asked)


def by_httpx(asked: Asked) -> Told:
    answer = httpx.request(
        asked.method,
        asked.url,
        content=asked.body,
        headers=asked.headers,
        trust_env=False,
        timeout=LIMIT_SECONDS,
    )
    return told(answer.status_code, answer.content)


def by_curl(*options: str) -> Client:
    """curl with these options."""

    def client(asked: Asked) -> Told:
        headers = [f"-H{name}: {value}" for name, value in asked.headers.items()]
        command = [
            "curl",
            "-sS",
            "-m",
            str(LIMIT_SECONDS),
            "-X",
            asked.method,
            *headers,
            "--data-binary",
            "@-",
        ]
        done = subprocess.run(
            [*command, "-w", "\n%{http_code}", *options, asked.url],
            input=asked.body,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        body, _, status = done.stdout.rpartition(b"\n")
        return told(int(status), body)

    return client


CLIENTS: dict[str, Client] = {
    "urllib": by_urllib,
    "http.client": by_http_client,
    "HTTP/1.0": by_http_1_0,
    "httpx": by_httpx,
}
if shutil.which("curl"):
    CLIENTS |= {
        "curl": by_curl(),
        "curl --http2": by_curl("--http2"),
        "curl, closing": by_curl("-H", "Expect:", "-H", "Connection: close"),
        "curl, chunked": by_curl("-H", "Transfer-Encoding: chunked"),
        "curl --http1.0": by_curl("--http1.0"),
    }


class _Http10(http.client.HTTPConnection):
    _http_vsn, _http_vsn_str = 10, "HTTP/1.0"


def _by(connecting: type[http.client.HTTPConnection], asked: Asked) -> Told:
    where = urlsplit(asked.url)
    connection = connecting(where.netloc, timeout=LIMIT_SECONDS)
    try:
        connection.request(asked.method, where.path, asked.body, asked.headers)
        answer = connection.getresponse()
        return told(answer.status, answer.read())
    finally:
        connection.close()
