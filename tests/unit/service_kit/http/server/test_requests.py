"""Requests are read as HTTP has it, whatever they offer besides."""

from collections.abc import Iterator

import pytest

from tests.unit.service_kit.serving import Served, answers, rest, served

HOST = b"Host: a\r\n"
# What Java's HttpClient and `curl --http2` send with every request over plain HTTP; and a browser's beginning.
H2C = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAAB\r\n"
WEBSOCKET = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
# The last of a connection, so that nobody waits for another.
LAST = b"GET / HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with served() as running:
        yield running


def post(headers: bytes, body: bytes, version: bytes = b"1.1") -> bytes:
    length = b"Content-Length: %d\r\n\r\n" % len(body)
    return b"POST / HTTP/%b\r\n" % version + HOST + headers + length + body


def chunked(headers: bytes, *chunks: bytes) -> bytes:
    body = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in (*chunks, b""))
    return b"POST / HTTP/1.1\r\n" + HOST + headers + b"Transfer-Encoding: chunked\r\n\r\n" + body


@pytest.mark.parametrize("offer", [H2C, WEBSOCKET, b"Upgrade: h2c, foo/2\r\nConnection: upgrade\r\n"])
def test_an_offer_of_another_protocol_is_ignored(server: Served, offer: bytes) -> None:
    sent = [
        post(offer, b"abc"),
        chunked(offer, b"ab", b"cd"),
        b"GET / HTTP/1.1\r\n" + HOST + offer + b"\r\n",
        post(offer, b"x" * 1_000_000),
        b"GET / HTTP/1.1\r\n" + HOST + b"\r\n",
        post(offer, b""),
        post(b"Connection: close\r\n" + offer, b"ab", b"1.0"),
    ]
    assert [body for _, _, body in answers(server.told(*sent))] == [
        b"3",
        b"4",
        b"0",
        b"1000000",
        b"0",
        b"0",
        b"2",
    ]


def test_an_offer_is_ignored_however_its_bytes_come(server: Served) -> None:
    sent = chunked(H2C, b"abc") + post(H2C, b"abcd") + LAST
    apart = [sent[at : at + 1] for at in range(len(sent))]
    for parts in ([sent], apart):
        with server.connect(*parts) as asked:
            assert [body for _, _, body in answers(rest(asked))] == [b"3", b"4", b"0"]


def test_many_offers_at_once_are_ignored_one_after_the_other(server: Served) -> None:
    many = 500
    with server.connect(post(H2C, b"abc") * many + LAST) as asked:
        assert [body for _, _, body in answers(rest(asked))] == [*[b"3"] * many, b"0"]


def test_what_is_wrong_behind_an_offer_is_told(server: Served) -> None:
    ((status, headers, _),) = answers(server.told(chunked(H2C)[:-5] + b"zz\r\n"))
    assert (status, headers["connection"]) == (400, "close")


@pytest.mark.parametrize(
    ("headers", "named"),
    [
        (b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", b"Content-Length"),
        (b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", b"Transfer-Encoding"),
        (b"Content-Length: 5\r\nContent-Length: 6\r\n", b"Duplicate Content-Length"),
        (b"Transfer-Encoding: gzip\r\n", b"Transfer-Encoding"),
        (b"X : quite-private\r\n", b"header"),
        (b"X: quite-private\x00\r\n", b"header value"),
    ],
)
def test_what_cannot_be_read_is_named_and_not_repeated(server: Served, headers: bytes, named: bytes) -> None:
    told = server.told(b"POST / HTTP/1.1\r\n" + HOST + headers + b"\r\n0\r\n\r\n")
    assert named in told
    assert b"quite-private" not in told


def test_an_address_that_cannot_be_read_is_not_repeated(server: Served) -> None:
    told = server.told(b"GET http://[quite-private HTTP/1.1\r\n" + HOST + b"\r\n")
    assert told.startswith(b"HTTP/1.1 400 ")
    assert b"quite-private" not in told


def test_who_waits_to_be_asked_for_the_body_is_asked_where_http_knows_it(server: Served) -> None:
    head = b"POST / HTTP/%b\r\n" + HOST + b"Expect: 100-continue\r\nContent-Length: 3\r\n\r\n"
    with server.connect(head % b"1.1") as asked:
        assert asked.recv(65_536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        asked.sendall(b"abc" + LAST)
        assert [body for _, _, body in answers(rest(asked))] == [b"3", b"0"]
    ((status, _, body),) = answers(server.told(head % b"1.0", b"abc"))
    assert (status, body) == (200, b"3")
