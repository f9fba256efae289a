"""Whatever comes on a connection is answered by a problem, in its turn, and no connection is held for ever."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from ipaddress import ip_network

import pytest

from harness.bad_input.no_request import NO_REQUEST
from service_kit.http.server import connections
from service_kit.http.server.heads import HEAD_MAX_BYTES
from tests.unit.service_kit.serving import LIMIT_SECONDS, SOON_SECONDS, Served, answers, rest, served

POST = b"POST / HTTP/1.1\r\nHost: a\r\n"
GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
CLOSE = b"Connection: close\r\n"
# The last of a connection, so that nobody waits for another.
LAST = b"GET / HTTP/1.1\r\nHost: a\r\n" + CLOSE + b"\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with served() as running:
        yield running


def problem(told: bytes) -> tuple[int, str]:
    """Status and type of the one answer, a whole problem that is the last of its connection."""
    ((status, headers, body),) = answers(told)
    assert headers["content-type"] == "application/problem+json"
    assert headers["connection"] == "close"
    assert headers["x-request-id"]
    assert json.loads(body)["status"] == status
    return status, json.loads(body)["type"].rpartition(":")[2]


@pytest.fixture(scope="module", autouse=True)
def _looked_at_often() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(connections, "_LOOK_SECONDS", SOON_SECONDS)
        yield


@pytest.fixture(scope="module")
def dawdled() -> Iterator[Served]:
    """Waits for little but headers."""
    with served(head_seconds=SOON_SECONDS) as running:
        yield running


@pytest.mark.parametrize("case", NO_REQUEST, ids=lambda case: case.name)
def test_what_is_no_request_gets_a_problem(server: Served, case: object) -> None:
    for content in case.contents:  # type: ignore[attr-defined]
        assert problem(server.told(content)) == (case.status, case.problem)  # type: ignore[attr-defined]


def test_requests_that_can_be_read_are_served_one_after_the_other(server: Served) -> None:
    with server.connect(
        GET,
        POST + b"Content-Length: 3\r\n\r\nabc",
        CHUNKED + b"2\r\nab\r\n0\r\n\r\n",
        CHUNKED + b"1\r\na\r\n2\r\nbc\r\n" + b"1\r\nd\r\n" * 50 + b"0\r\n\r\n",
        LAST,
    ) as asked:
        found = answers(rest(asked))
    assert [body for _, _, body in found] == [b"0", b"3", b"2", b"53", b"0"]


def test_a_head_that_is_asked_for_comes_alone_and_at_once(server: Served) -> None:
    with server.connect(b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n") as asked:
        head = asked.recv(65_536)
        assert head.startswith(b"HTTP/1.1 200 OK\r\n")
        assert head.endswith(b"\r\n\r\n")
        asked.sendall(LAST)
        assert [body for _, _, body in answers(rest(asked))] == [b"0"]


def test_the_answer_that_is_owed_comes_before_the_refusal(server: Served) -> None:
    (status, _, body), (refused, headers, _) = answers(
        server.told(POST + b"Content-Length: 3\r\n\r\nabcdefgh\r\n\r\n")
    )
    assert (status, body) == (200, b"3")
    assert (refused, headers["connection"]) == (400, "close")


def test_a_broken_body_behind_another_request_is_answered_in_its_turn(server: Served) -> None:
    found = answers(server.told(GET + CHUNKED + b"zz\r\n"))
    assert [status for status, _, _ in found] == [200, 400]


def test_a_callers_request_id_is_kept_where_it_was_read(server: Served) -> None:
    ((_, headers, _),) = answers(
        server.told(b"GET / HTTP/1.1\r\nX-Request-ID: mine\r\nHost: a\r\nX : a\r\n\r\n")
    )
    assert headers["x-request-id"] == "mine"


def test_trailers_are_no_headers_and_have_an_end(server: Served) -> None:
    endless = CHUNKED + b"1\r\na\r\n0\r\n" + b"X-Trailer: a\r\n" * HEAD_MAX_BYTES
    assert problem(server.told(endless)) == (400, "malformed")


@pytest.mark.parametrize("sent", [b"", b"\r\n"], ids=["nothing", "empty lines"])
def test_who_asks_nothing_is_let_go(sent: bytes) -> None:
    with served(keep_alive_seconds=SOON_SECONDS, head_seconds=SOON_SECONDS) as own:
        assert own.told(sent) == b""


def test_headers_that_dawdle_are_not_waited_for(dawdled: Served) -> None:
    assert problem(dawdled.told(b"GET / HTTP/1.1\r\nHost")) == (408, "body-timeout")
    first, (status, headers, _) = answers(dawdled.told(GET + b"GET / HT"))
    assert (first[0], status, headers["connection"]) == (200, 408, "close")


def test_a_header_of_a_byte_at_a_time_is_cut_off(dawdled: Served) -> None:
    with dawdled.connect(b"GET / HTTP/1.1\r\nX: ") as connection:
        connection.settimeout(SOON_SECONDS / 5)
        told = b""
        while not told:
            connection.sendall(b"a")
            try:
                told = connection.recv(65_536)
            except TimeoutError:
                continue
    assert problem(told) == (408, "body-timeout")


def test_idle_connections_end_also_after_a_body_that_nobody_waited_for() -> None:
    early = b"POST /early HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n"
    with served(keep_alive_seconds=SOON_SECONDS) as own, own.connect(early) as connection:
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200 ")
        connection.sendall(b"abc")
        assert rest(connection) == b""


def test_who_does_not_send_the_rest_of_an_answered_body_is_cut_off() -> None:
    early = b"POST /early HTTP/1.1\r\nHost: a\r\nContent-Length: 300\r\n\r\na"
    with served(stall_seconds=SOON_SECONDS) as own, own.connect(early) as connection:
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200 ")
        ended(lambda: rest(connection))


# More than lies between two sockets of one machine, so that it must be read for the answer to be.
LONG = bytes(8_000_000)
EARLY = b"POST /early HTTP/%b\r\nHost: a\r\nContent-Length: %d\r\n"


@pytest.mark.parametrize(
    "head",
    [
        EARLY % (b"1.1", len(LONG)) + CLOSE,
        EARLY % (b"1.0", len(LONG)),
        EARLY % (b"1.1", len(LONG)) + CLOSE + b"Connection: Upgrade\r\nUpgrade: h2c\r\n",
        b"POST /early HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n" + CLOSE,
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n",
        b"nothing that can be read\r\n",
    ],
    ids=["close", "1.0", "offer", "chunked", "chunks that are none", "no request"],
)
def test_who_writes_first_and_reads_after_reads_the_answer(server: Served, head: bytes) -> None:
    body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(LONG), LONG) if b"/early" in head and b"chunked" in head else LONG
    ((status, headers, _),) = answers(server.told(head + b"\r\n", body))
    assert status == (200 if b"/early" in head else 400)
    assert headers["connection"] == "close"


def test_behind_an_answer_to_be_read_last_nobody_is_served(server: Served) -> None:
    head = EARLY % (b"1.1", 3) + CLOSE + b"\r\n"
    with server.connect(head) as asked:
        told = asked.recv(65_536)
        asked.sendall(b"abc" + GET)
        assert [status for status, _, _ in answers(told + rest(asked))] == [200]


@pytest.mark.parametrize("last", [b"", b"nothing that can be read\r\n"], ids=["requests", "no request"])
def test_who_says_that_nothing_more_comes_gets_what_is_owed(server: Served, last: bytes) -> None:
    slow = POST.replace(b"/", b"/slow", 1)
    with server.connect(slow + b"Content-Length: 3\r\n\r\nabc" + GET + last) as asked:
        asked.shutdown(socket.SHUT_WR)
        assert [status for status, _, _ in answers(rest(asked))] == [200, 200] + [400] * bool(last)
    with server.connect(POST + b"Content-Length: 3\r\n\r\nab") as asked:
        asked.shutdown(socket.SHUT_WR)
        assert rest(asked) == b""


def test_who_waits_to_be_asked_for_the_body_and_is_not_begins_anew(server: Served) -> None:
    with server.connect(EARLY % (b"1.1", 3) + b"Expect: 100-continue\r\n\r\n") as asked:
        told = asked.recv(65_536)
        # Whether this is the body or a next request, nobody knows.
        asked.sendall(GET)
        ((status, headers, _),) = answers(told + rest(asked))
    assert (status, headers["connection"]) == (200, "close")


def test_a_body_that_was_not_asked_for_is_not_held_behind_its_answer() -> None:
    sent = EARLY % (b"1.1", 20_000) + b"\r\n" + bytes(20_000)
    with served() as own, own.connect(sent) as connection:
        assert connection.recv(1_000).startswith(b"HTTP/1.1 200")
        until(lambda: own.held_bytes() == 0)
        assert own.open_connections() == 1


@pytest.mark.parametrize("closing", [b"", CLOSE], ids=["kept alive", "closed"])
def test_a_body_without_end_is_not_read_on_for_ever(monkeypatch: pytest.MonkeyPatch, closing: bytes) -> None:
    monkeypatch.setattr(connections, "DISCARDED_MAX_BYTES", 1_000_000)
    with served() as own, own.connect(EARLY % (b"1.1", 10**12) + closing + b"\r\n") as endless:
        assert endless.recv(65_536).startswith(b"HTTP/1.1 200 ")
        with pytest.raises(ConnectionError):
            pour(endless)


def test_who_is_given_up_holds_no_connection() -> None:
    early = EARLY % (b"1.1", 10**6) + CLOSE + b"\r\nabc"
    with served(stall_seconds=SOON_SECONDS) as own, own.connect(early) as given_up:
        assert given_up.recv(65_536).startswith(b"HTTP/1.1 200 ")
        until(lambda: own.open_connections() == 0)


def test_who_was_answered_last_does_not_keep_a_service_from_stopping(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with served() as own:
        asked = own.connect(CHUNKED + b"zz\r\n")
        assert asked.recv(65_536).startswith(b"HTTP/1.1 400 ")
    with asked:
        assert rest(asked) == b""
    assert not [one.message for one in caplog.records if one.levelname == "ERROR"]


def test_what_came_before_a_stop_and_was_not_read_yet_is_answered() -> None:
    """By itself uvicorn closes what is idle by its books, and who asked a moment before gets a reset."""
    with served(keep_alive_seconds=60) as own, own.connect(GET) as asked:
        assert asked.recv(65_536).startswith(b"HTTP/1.1 200 ")
        own.shut_down(lambda: asked.sendall(GET))
        ((status, headers, _),) = answers(rest(asked))
    assert (status, headers["connection"]) == (200, "close")


def test_who_does_not_read_is_cut_off() -> None:
    large = b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n"
    with served(answer_seconds=SOON_SECONDS) as own, own.connect(large) as unread:
        assert unread.recv(17) == b"HTTP/1.1 200 OK\r\n"
        until(lambda: own.open_connections() == 0)


def test_more_connections_than_are_taken_are_told_to_come_again() -> None:
    with served(connections=1) as own, own.connect():
        until(lambda: own.open_connections() == 1)
        (answer,) = answers(own.told(GET, source="127.0.0.2"))
    assert answer[0] == 503
    assert answer[1]["retry-after"] == "1"


def test_one_address_leaves_room_to_others() -> None:
    with served(connections=4) as own, own.connect(), own.connect():
        until(lambda: own.open_connections() == 2)
        ((status, headers, _),) = answers(own.told(GET))
        assert (status, headers["retry-after"]) == (429, "1")
        ((status, _, _),) = answers(own.told(LAST, source="127.0.0.2"))
        assert status == 200
    with served(connections=2, proxies=[ip_network("127.0.0.0/8")]) as own, own.connect():
        until(lambda: own.open_connections() == 1)
        ((status, _, _),) = answers(own.told(LAST))
        assert status == 200


def test_a_place_is_free_again_when_its_connection_ends() -> None:
    with served(connections=2) as own:
        for _ in range(3):
            with own.connect():
                until(lambda: own.open_connections() == 1)
                ((status, _, _),) = answers(own.told(GET))
                assert status == 429
            until(lambda: own.open_connections() == 0)


def pour(connection: socket.socket) -> None:
    """Send without end."""
    while True:
        connection.sendall(LONG)


def ended(read: Callable[[], bytes]) -> None:
    """A connection may end by a reset too."""
    try:
        assert read() == b""
    except ConnectionResetError:
        return


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LIMIT_SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)
