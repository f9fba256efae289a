"""What is no request of HTTP/1.1, as the bytes that are sent; the same at every service and path."""

from harness.bad_input.case import MARKER, Case
from service_kit.http.server.heads import HEAD_MAX_BYTES

_MARKER = MARKER.encode()
_GET = b"GET /healthz HTTP/1.1\r\nHost: a\r\n"
_POST = b"POST /v1/ecgs HTTP/1.1\r\nHost: a\r\n"


def _malformed(name: str, *contents: bytes) -> Case:
    return Case(name, 400, "malformed", contents)


NO_REQUEST = (
    _malformed(
        "what is no request line",
        _MARKER + b"\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(32),
        b"\x00\x01\x02\r\n\r\n",
        b"GET " + "/é".encode() + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    ),
    _malformed(
        "a method that is none",
        b"NOBODY /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
        b"get /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
        b"CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n",
    ),
    _malformed(
        "another version of HTTP",
        b"GET /healthz\r\n\r\n",
        b"GET /healthz HTTP/0.9\r\nHost: a\r\n\r\n",
        b"GET /healthz HTTP/2.0\r\nHost: a\r\n\r\n",
        b"GET /healthz HTTP/3.0\r\nHost: a\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ),
    _malformed(
        "a header that cannot be read",
        _GET + _MARKER + b"\r\n\r\n",
        _GET + b"X : " + _MARKER + b"\r\n\r\n",
        _GET + b"X: " + _MARKER + b"\x00\r\n\r\n",
        _GET + b"X: a\r\n " + _MARKER + b"\r\n\r\n",
    ),
    _malformed(
        "no `Host`, two, or one that is none",
        b"GET /healthz HTTP/1.1\r\n\r\n",
        _GET + b"Host: b\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: a b\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: a@b/c\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: [::1\r\n\r\n",
    ),
    _malformed(
        "request line and headers of more than 32 KiB",
        b"GET /" + b"a" * HEAD_MAX_BYTES + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        _GET + b"X: " + b"a" * HEAD_MAX_BYTES + b"\r\n\r\n",
        _GET + b"X: a\r\n" * HEAD_MAX_BYTES + b"\r\n",
        _GET + b"X: " + b"a" * 10_000_000,
    ),
    _malformed(
        "`Content-Length` twice, negative, no number, or beyond 64 bits",
        _POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        _POST + b"Content-Length: -1\r\n\r\n",
        _POST + b"Content-Length: " + _MARKER + b"\r\n\r\n",
        _POST + b"Content-Length: " + b"9" * 30 + b"\r\n\r\n",
    ),
    _malformed(
        "both `Content-Length` and `Transfer-Encoding`",
        _POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        _POST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    ),
    _malformed(
        "a `Transfer-Encoding` that is not `chunked`",
        _POST + b"Transfer-Encoding: gzip\r\n\r\n",
        _POST + b"Transfer-Encoding: identity\r\n\r\n",
        _POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        _POST + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    ),
)
