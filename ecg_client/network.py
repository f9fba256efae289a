"""Between the core's requests and httpx: how one is sent, and in which of our words a broken connection is told."""

import os
import ssl
from collections.abc import AsyncIterator, Iterator
from functools import cache

import httpx

from ecg_client.exchange import Answer, NoAnswer, Progress, Request

# A machine that is there answers at once; one that is not should not eat the time of an attempt.
CONNECT_TIMEOUT_SECONDS = 5.0
# As slowly as the service takes a body. What was written is not there yet: it may lie before a slow link, and the
# answer comes behind it.
SLOWEST_BYTES_PER_SECOND = 1_000
# What goes out before progress is told again: a 12-lead ECG of 10 s is some three of them.
_CHUNK_BYTES = 65_536

# No proxy knows the way to this very machine.
DIRECT: dict[str, None] = {"all://127.0.0.1": None, "all://localhost": None, "all://[::1]": None}


def trust() -> ssl.SSLContext:
    """Which certificates are trusted, as the environment says; read once, as that takes longer than a short upload."""
    return _trust(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@cache
def _trust(_file: str | None, _folder: str | None) -> ssl.SSLContext:
    return httpx.create_ssl_context()


class SentStream(httpx.SyncByteStream, httpx.AsyncByteStream):
    """Content in chunks; `sent` is told after each how many bytes are out, of how many."""

    def __init__(self, content: bytes, sent: Progress) -> None:
        self._content = content
        self._sent = sent

    def __iter__(self) -> Iterator[bytes]:
        self._sent(0, len(self._content))
        for start in range(0, len(self._content), _CHUNK_BYTES):
            chunk = self._content[start : start + _CHUNK_BYTES]
            yield chunk
            self._sent(start + len(chunk), len(self._content))

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self:
            yield chunk


def build(http: httpx.Client | httpx.AsyncClient, request: Request) -> httpx.Request:
    """The request as httpx sends it."""
    timeout = httpx.Timeout(
        request.timeout_seconds,
        connect=min(CONNECT_TIMEOUT_SECONDS, request.timeout_seconds),
        read=request.timeout_seconds + len(request.content or b"") / SLOWEST_BYTES_PER_SECOND,
    )
    built = http.build_request(
        request.method, request.url, headers=request.headers, content=request.content, timeout=timeout
    )
    if request.sent is not None and request.content is not None:
        built.stream = SentStream(request.content, request.sent)
    return built


def answer(response: httpx.Response) -> Answer:
    """The response, read to its end."""
    return Answer(response.status_code, {**response.headers}, response.content)


def _is_not_trusted(error: BaseException | None) -> bool:
    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__ or error.__context__
    return error is not None


def no_answer(error: httpx.RequestError) -> NoAnswer:
    """Why there is none. Nothing of the library's own text, which may quote what was sent."""
    match error:
        case httpx.ConnectError() if _is_not_trusted(error):
            return NoAnswer(
                "its certificate is not trusted (SSL_CERT_FILE names what is, and the clock has to be right)"
            )
        case httpx.ConnectTimeout() | httpx.ConnectError() | httpx.ProxyError():
            return NoAnswer("no connection")
        case httpx.TimeoutException():
            return NoAnswer("no answer in time")
        case _:
            return NoAnswer("the connection broke")
