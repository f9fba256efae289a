"""Checks the head of a request, its line and headers, and rewrites one that offers to go on in another protocol."""

import re
from collections.abc import Sequence

import httptools

from schemas.problems import MalformedError

# Of a request line with all its headers, and of trailers: four times what browsers send at their worst.
HEAD_MAX_BYTES = 32_768
_VERSIONS = ("1.0", "1.1")
# What may stand in a Host by RFC 3986: a name or an address, and a port.
_HOST = re.compile(rb"[\w.~!$&'()*+,;=%-]*(?::\d*)?|\[[\w.~!$&'()*+,;=:-]+\](?::\d*)?", re.ASCII)

Headers = Sequence[tuple[bytes, bytes]]


def fault_of(method: bytes, url: bytes, headers: Headers, version: str) -> MalformedError | None:
    """What is wrong with a head that the parser could read."""
    size, hosts = len(url), []
    for name, value in headers:
        size += len(name) + len(value)
        if name == b"host":
            hosts.append(value)
        # The parser takes any list of codings that ends with this one.
        if name == b"transfer-encoding" and value.strip().lower() != b"chunked":
            return MalformedError("no Transfer-Encoding is understood but chunked")
    if size > HEAD_MAX_BYTES:
        return too_long()
    if version not in _VERSIONS:
        return MalformedError("only HTTP/1.1 and HTTP/1.0 are spoken here")
    if method == b"CONNECT":
        return MalformedError("this is no proxy")
    # RFC 9112, section 3.2: else a proxy and this server may take the request for two different ones.
    if len(hosts) > 1 or (not hosts and version == "1.1") or not all(map(_HOST.fullmatch, hosts)):
        return MalformedError("a request names its Host, once")
    return None


def too_long() -> MalformedError:
    """For what is longer than a head may be."""
    return MalformedError(f"at most {HEAD_MAX_BYTES} bytes of request line and headers are taken")


def unreadable(error: httptools.HttpParserError) -> MalformedError:
    """For what the parser refused. Its reasons are fixed sentences, but those of a failure in a callback may quote."""
    fixed = type(error) in {httptools.HttpParserError, httptools.HttpParserInvalidMethodError}
    reason = f": {error}" if fixed else ""
    return MalformedError(f"this is not a request of HTTP/1.1 that can be read{reason}")


def without_offer(method: bytes, url: bytes, headers: Headers, version: str) -> bytes:
    """A head as it would be if it did not offer to go on in another protocol."""
    lines = [b"%b: %b\r\n" % header for header in headers if header[0] != b"upgrade"]
    return b"".join([b"%b %b HTTP/%b\r\n" % (method, url, version.encode()), *lines, b"\r\n"])
