"""Whatever comes on a connection is answered by a problem, in its turn, and no connection is held for ever."""

import json
import time
from collections.abc import Callable, Iterator

import pytest

from service_kit.connections import HEAD_MAX_BYTES
from tests.bad_input.no_request import NO_REQUEST
from tests.unit.service_kit.serving import LIMIT_SECONDS, Served, rest, served

POST = b"POST / HTTP/1.1\r\nHost: a\r\n"
GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with served() as running:
        yield running


def answers(told: bytes) -> list[tuple[int, dict[str, str], bytes]]:
    """Status, headers by small names, and body of each answer."""
    found = []
    while told:
        head, _, told = told.partition(b"\r\n\r\n")
        status, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        assert len(lines) == len(headers)
        length = int(headers["content-length"])
        found.append((int(status.split()[1]), headers, told[:length]))
        told = told[length:]
    return found


def problem(told: bytes) -> tuple[int, str]:
    """Status and type of the one answer, a whole problem that is the last of its connection."""
    ((status, headers, body),) = answers(told)
    assert headers["content-type"] == "application/problem+json"
    assert headers["connection"] == "close"
    assert headers["x-request-id"]
    assert json.loads(body)["status"] == status
    return status, json.loads(body)["type"].rpartition(":")[2]


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
    ) as asked:
        found = answers(rest(asked))
    assert [body for _, _, body in found] == [b"0", b"3", b"2", b"53"]


def test_a_head_that_is_asked_for_comes_alone_and_at_once(server: Served) -> None:
    with server.connect(b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n") as asked:
        assert asked.recv(65_536).startswith(b"HTTP/1.1 200 OK\r\n")
        assert rest(asked) == b""


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
def test_who_asks_nothing_is_let_go(server: Served, sent: bytes) -> None:
    assert server.told(sent) == b""


def test_headers_that_dawdle_are_not_waited_for(server: Served) -> None:
    assert problem(server.told(b"GET / HTTP/1.1\r\nHost")) == (408, "body-timeout")
    first, (status, headers, _) = answers(server.told(GET, b"GET / HT"))
    assert (first[0], status, headers["connection"]) == (200, 408, "close")


def test_a_header_of_a_byte_at_a_time_is_cut_off(server: Served) -> None:
    with server.connect(b"GET / HTTP/1.1\r\nX: ") as connection:
        connection.settimeout(0.2)
        told = b""
        while not told:
            connection.sendall(b"a")
            try:
                told = connection.recv(65_536)
            except TimeoutError:
                continue
    assert problem(told) == (408, "body-timeout")


def test_idle_connections_end_also_after_a_body_that_nobody_waited_for(server: Served) -> None:
    early = b"POST /early HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n"
    with server.connect(early) as connection:
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200 ")
        connection.sendall(b"abc")
        assert rest(connection) == b""


def test_who_does_not_send_the_rest_of_an_answered_body_is_cut_off(server: Served) -> None:
    with server.connect(b"POST /early HTTP/1.1\r\nHost: a\r\nContent-Length: 300\r\n\r\na") as connection:
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200 ")
        connection.sendall(b"b")
        ended(lambda: rest(connection))


def test_who_does_not_read_is_cut_off() -> None:
    with served() as own, own.connect(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n"):
        until(lambda: own.open_connections() == 1)
        until(lambda: own.open_connections() == 0)


def test_more_connections_than_are_taken_are_told_to_come_again() -> None:
    with served(connections=1) as own, own.connect():
        until(lambda: own.open_connections() == 1)
        (answer,) = answers(own.told(GET))
    assert answer[0] == 503
    assert answer[1]["retry-after"] == "1"


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
