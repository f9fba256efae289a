"""Both clients over real connections, and what both have from the shared core."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from typing import Any

import httpx
import msgspec
import pytest

from ecg_client import (
    AsyncEcgClient,
    ConflictError,
    EcgClient,
    NoAnswerError,
    RecordingError,
    RejectedError,
    RetryPolicy,
    ServerError,
    TooLargeError,
    UnauthenticatedError,
    UnexpectedAnswerError,
    network,
)
from ecg_client.exchange import Request
from ecg_client.flows import ASKED_FIRST_BYTES
from tests.unit.ecg_client.scripted import BREAK, Reply, Scripted, problem, says

QUICK = RetryPolicy(5, 0.01, 0.02)
LIMIT_SECONDS = 60.0
ECG = {"leads": [{"name": "II", "signal": [1, -1]}]}
ACCEPTED = {
    "id": "key-1",
    "content_hash": "ab",
    "accepted_at": "2026-11-23T08:30:00.5Z",
    "status": "accepted",
}
LOCATION = "https://elsewhere.example.com/v1/ecgs/key-1/insights?receipt=abc"
KEPT = says(202, ACCEPTED, location=LOCATION)
AWAY = problem(503, title="The service cannot do this now")
LEAD = {"name": "II", "number_of_samples": 2, "baseline": 0, "value": 1, "warnings": [], "new": "member"}
COMPUTED = {
    "id": "key-1",
    "date": "2026-11-23T08:30:00Z",
    "accepted_at": "2026-11-23T08:30:00.5Z",
    "status": "computed",
    "insights": [{"name": "zero_crossings", "version": 1, "leads": [LEAD]}],
}
PENDING: dict[str, object] = {
    "id": "key-1",
    "date": None,
    "accepted_at": None,
    "status": "accepted",
    "insights": [],
}
USER = {
    "id": "6f9619ff-8b86-4d01-b42d-00cf4fc964ff",
    "email": "ann@example.com",
    "role": "client",
    "created_at": "2026-11-23T08:30:00Z",
    "active": True,
}

Call = Callable[..., Any]


def blocking(server: Scripted, method: str, *args: Any, **options: Any) -> Any:
    with EcgClient(server.url, server.url, token="secret-token", retry=QUICK) as client:
        return getattr(client, method)(*args, **options)


def by_asyncio(server: Scripted, method: str, *args: Any, **options: Any) -> Any:
    async def once() -> Any:
        async with AsyncEcgClient(server.url, server.url, token="secret-token", retry=QUICK) as client:
            return await getattr(client, method)(*args, **options)

    return asyncio.run(once())


@pytest.fixture(params=[blocking, by_asyncio])
def call(request: pytest.FixtureRequest) -> Call:
    """A call of one client, then of the other."""
    made: Call = request.param
    return made


def test_an_upload_is_tried_until_it_is_kept_and_is_one_ecg(server: Scripted, call: Call) -> None:
    server.play(AWAY, Reply(408), Reply(429), BREAK, Reply(502, b"<h1>"), KEPT)

    accepted = call(server, "upload", ECG)

    assert (accepted.id, accepted.location, accepted.receipt) == ("key-1", LOCATION, "abc")
    assert len(server.received) == 6
    assert {got.body for got in server.received} == {msgspec.json.encode(ECG)}
    assert {got.headers["authorization"] for got in server.received} == {"Bearer secret-token"}


def test_each_pause_is_told(server: Scripted) -> None:
    server.play(AWAY, BREAK, KEPT)
    told: list[tuple[str, bool]] = []
    with EcgClient(
        server.url, retry=QUICK, retrying=lambda error, pause: told.append((str(error), 0 < pause < 0.1))
    ) as client:
        client.upload(ECG)
    assert told == [
        ("503 The service cannot do this now", True),
        (f"the connection broke: {server.url}", True),
    ]


def test_the_content_decides_unless_a_key_does(server: Scripted, call: Call) -> None:
    server.play(KEPT, KEPT, KEPT)
    call(server, "upload", ECG)
    call(server, "upload", ECG)
    call(server, "upload", ECG, idempotency_key="mine")
    keys = [got.headers.get("idempotency-key") for got in server.received]
    assert keys == [None, None, '"mine"']


def test_progress_counts_the_bytes_of_each_attempt(server: Scripted, call: Call) -> None:
    server.play(AWAY, KEPT)
    told: list[tuple[int, int]] = []

    call(server, "upload", b" " * 100_000, sent=lambda count, total: told.append((count, total)))

    assert told == [(0, 100_000), (65_536, 100_000), (100_000, 100_000)] * 2
    assert {len(got.body) for got in server.received} == {100_000}


LARGE = b"{" + b" " * ASKED_FIRST_BYTES + b"}"


def test_a_body_that_is_too_large_stays_here(server: Scripted, call: Call) -> None:
    server.play(says(200, {"body_bytes": ASKED_FIRST_BYTES, "leads": 1024}))
    with pytest.raises(TooLargeError, match="1,048,578 bytes, and at most 1,048,576 are taken; nothing was"):
        call(server, "upload", LARGE)
    assert [(got.method, got.path) for got in server.received] == [("GET", "/v1/limits")]
    assert server.received[0].headers["authorization"] == "Bearer secret-token"


def test_a_token_that_has_expired_is_told_before_a_large_body_goes_out(server: Scripted, call: Call) -> None:
    server.play(problem(401, title="A valid access token is needed"))
    with pytest.raises(UnauthenticatedError):
        call(server, "upload", LARGE)
    assert [got.method for got in server.received] == ["GET"]


@pytest.mark.parametrize("told", [says(200, {"body_bytes": 2 * ASKED_FIRST_BYTES}), problem(404, title="no")])
def test_a_large_body_goes_out_where_nothing_speaks_against_it(
    server: Scripted, call: Call, told: Reply
) -> None:
    server.play(told, KEPT)
    call(server, "upload", LARGE)
    assert [(got.method, len(got.body)) for got in server.received] == [("GET", 0), ("POST", len(LARGE))]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 415, 422])
def test_no_other_4xx_is_tried_again(server: Scripted, call: Call, status: int) -> None:
    server.play(problem(status, title="no"))
    with pytest.raises(Exception, match=f"^{status} no$"):
        call(server, "upload", ECG)


def test_broken_rules_come_with_their_places(server: Scripted, call: Call) -> None:
    server.play(
        problem(422, title="bad", errors=[{"pointer": "/leads/0", "detail": "worse"}], total_errors=1)
    )
    with pytest.raises(RejectedError) as raised:
        call(server, "upload", ECG)
    assert [str(rule) for rule in raised.value.errors] == ["/leads/0: worse"]


def test_a_service_that_asks_for_too_long_a_pause_is_not_asked_again(server: Scripted, call: Call) -> None:
    server.play(problem(503, title="away", retry_after=3600))
    with pytest.raises(ServerError) as raised:
        call(server, "upload", ECG)
    assert raised.value.retry_after == 3600


def test_nobody_listening_is_no_answer() -> None:
    with (
        EcgClient("http://127.0.0.1:9", retry=RetryPolicy(0)) as client,
        pytest.raises(NoAnswerError) as raised,
    ):
        client.upload(ECG)
    assert str(raised.value) == "no connection: http://127.0.0.1:9"
    assert raised.value.__cause__ is None


def test_what_cannot_be_sent_is_not(server: Scripted, call: Call) -> None:
    with pytest.raises(RecordingError):
        call(server, "upload", {"leads": object()})
    with pytest.raises(RecordingError):
        call(server, "insights", "../users")
    assert server.received == []


def test_insights_are_waited_for(server: Scripted, call: Call) -> None:
    server.play(says(202, PENDING, **{"retry-after": "0"}), AWAY, says(200, COMPUTED))

    found = call(server, "insights", "key-1", wait_seconds=20, receipt="abc")

    assert found.insights[0].leads[0].value == 1
    assert {got.path for got in server.received} == {"/v1/ecgs/key-1/insights?receipt=abc"}
    assert server.received[0].headers["prefer"] in ("wait=19", "wait=20")


def test_without_waiting_insights_are_as_things_stand(server: Scripted, call: Call) -> None:
    server.play(says(202, PENDING, **{"retry-after": "1"}))
    assert call(server, "insights", "key-1", receipt="abc").status == "accepted"
    assert "prefer" not in server.received[0].headers


def test_status_tells_why(server: Scripted, call: Call) -> None:
    server.play(
        says(200, {**PENDING, "status": "rejected", "reason": "odd", "content_hash": "ab", "conflicts": []})
    )
    assert call(server, "status", "key-1").reason == "odd"


def test_signing_in_gives_the_token_of_the_calls_that_follow(server: Scripted) -> None:
    server.play(
        says(200, {"access_token": "new-token", "token_type": "bearer", "expires_in": 1800}), says(200, USER)
    )
    with EcgClient(server.url, server.url) as client:
        token = client.sign_in("ann@example.com", "p&ss wörd")
        assert client.me().email == "ann@example.com"
        assert "new-token" not in f"{token!r} {client!r} {vars(client)}"

    asked, then = server.received
    assert asked.body == b"username=ann%40example.com&password=p%26ss+w%C3%B6rd"
    assert "authorization" not in asked.headers
    assert then.headers["authorization"] == "Bearer new-token"


def test_a_new_user_has_an_invitation_that_is_not_shown_by_itself(server: Scripted, call: Call) -> None:
    invited = {**USER, "invitation": "once", "invitation_expires_at": "2026-11-26T08:30:00Z"}
    server.play(says(201, invited), problem(409, title="taken"), says(201, invited), says(200, USER))
    created = call(server, "create_user", "ann@example.com")
    assert (created.invitation, "once" in repr(created)) == ("once", False)
    with pytest.raises(ConflictError):
        call(server, "create_user", "ann@example.com")
    assert call(server, "invite_user", created.id).invitation == "once"
    assert call(server, "redeem_invitation", "once", "four words of my own").id == created.id


def test_lists_go_on_page_by_page(server: Scripted) -> None:
    pages = [
        says(200, {"items": [USER], "next": "/v1/users?cursor=a"}),
        says(200, {"items": [], "next": "/v1/users?cursor=b"}),
        says(200, {"items": [USER, USER], "next": None}),
    ]
    server.play(*pages)
    with EcgClient(server.url, server.url) as client:
        assert len(list(client.users(page_size=1))) == 3
    assert [got.path for got in server.received] == [
        "/v1/users?limit=1",
        "/v1/users?cursor=a",
        "/v1/users?cursor=b",
    ]

    async def all_of_them() -> int:
        async with AsyncEcgClient(server.url, server.url) as client:
            return len([user async for user in client.users()])

    server.play(*pages)
    assert asyncio.run(all_of_them()) == 3


def test_a_list_is_asked_for_by_instants(server: Scripted) -> None:
    server.play(*[says(200, {"items": [], "next": None})] * 2)
    instant = datetime(2026, 11, 23, 9, 30, tzinfo=timezone(timedelta(hours=1)))
    with EcgClient(server.url, server.url) as client:
        assert list(client.ecgs(since=instant, before=instant + timedelta(days=1), page_size=5)) == []
        assert list(client.ecgs(received_after=instant, page_size=5)) == []
        with pytest.raises(ValueError, match="a time zone is missing"):
            list(client.ecgs(since=datetime(2026, 11, 23)))  # noqa: DTZ001 - the point
    assert [got.path for got in server.received] == [
        "/v1/ecgs?limit=5&from=2026-11-23T08%3A30%3A00Z&to=2026-11-24T08%3A30%3A00Z",
        "/v1/ecgs?limit=5&received_after=2026-11-23T08%3A30%3A00Z",
    ]


def test_a_list_that_leads_elsewhere_is_not_followed(server: Scripted) -> None:
    server.play(says(200, {"items": [], "next": "@elsewhere.example.com/"}))
    with EcgClient(server.url, server.url) as client, pytest.raises(UnexpectedAnswerError):
        list(client.ecgs())


def test_an_answer_of_another_shape_is_not_ours(server: Scripted, call: Call) -> None:
    server.play(says(200, {"id": 3}))
    with pytest.raises(UnexpectedAnswerError):
        call(server, "insights", "key-1")


def test_an_answer_is_waited_for_as_long_as_a_slow_link_takes_for_the_body() -> None:
    with httpx.Client() as http:
        built = network.build(http, Request("POST", "http://a/b", content=b" " * 88_000, timeout_seconds=45))
        asked = network.build(http, Request("GET", "http://a/b", timeout_seconds=20))
    # 88 kB are taken in 88 s; each single write has to make its way all the same.
    assert built.extensions["timeout"] == {"connect": 5, "read": 45 + 88, "write": 45, "pool": 45}
    assert asked.extensions["timeout"]["read"] == 20


@pytest.mark.parametrize("url", ["", "127.0.0.1:8001", "ftp://host", "http://", "http://host?x=1"])
def test_an_address_must_be_one(url: str) -> None:
    with pytest.raises(ValueError, match="ingest_url is not an address"):
        EcgClient(url)


def test_a_token_that_is_none_is_not_quoted() -> None:
    with pytest.raises(ValueError, match=r"^a token or key is") as raised:
        EcgClient(token="private\r\nx: y")
    assert "private" not in str(raised.value)


DEVICE = {
    "id": "0b6f2f0e-9a51-4f0c-9d0e-2f5b8f1f7a11",
    "name": "Holter 3",
    "created_at": "2026-11-23T08:30:00Z",
    "expires_at": "2027-12-28T08:30:00Z",
    "token": "device-token",
}
REFUSED = problem(401, title="A valid access token is needed", detail="the token has expired")


def test_a_token_that_ends_is_followed_by_the_next_one(server: Scripted) -> None:
    async def next_token() -> str:
        return "next-token"

    async def once() -> None:
        async with AsyncEcgClient(
            server.url, server.url, token="first-token", renew=next_token, retry=QUICK
        ) as client:
            await client.upload(ECG)
            await client.upload(ECG)

    server.play(REFUSED, KEPT, KEPT)
    asyncio.run(once())
    sent = ["Bearer first-token", "Bearer next-token", "Bearer next-token"]
    assert [one.headers["authorization"] for one in server.received] == sent

    server.play(REFUSED, KEPT)
    with EcgClient(
        server.url, server.url, token="first-token", renew=lambda: "next-token", retry=QUICK
    ) as client:
        client.upload(ECG)
    assert [one.headers["authorization"] for one in server.received] == sent[:2]


def granted(number: int) -> Reply:
    return says(
        200,
        {
            "access_token": f"token-{number}",
            "token_type": "bearer",
            "expires_in": 1800,
            "refresh_token": f"refresh-{number}",
        },
    )


def test_a_sign_in_goes_on_by_its_refresh_tokens(server: Scripted) -> None:
    async def both() -> None:
        async with AsyncEcgClient(server.url, server.url, retry=QUICK) as client:
            await client.sign_in("ann@example.com", "pass word")
            await client.upload(ECG)
            await client.upload(ECG)
            await client.sign_out()

    script = granted(0), REFUSED, granted(1), KEPT, REFUSED, granted(2), KEPT, Reply(204)
    server.play(*script)
    asyncio.run(both())
    received = [*server.received]
    server.play(*script)
    with EcgClient(server.url, server.url, retry=QUICK) as client:
        token = client.sign_in("ann@example.com", "pass word")
        client.upload(ECG)
        client.upload(ECG)
        assert "refresh-" not in f"{token!r} {client!r} {vars(client)}"
        client.sign_out()

    assert [(one.path, one.body) for one in received] == [(one.path, one.body) for one in server.received]
    assert [one.headers.get("authorization") for one in received] == [
        None,
        "Bearer token-0",
        None,
        "Bearer token-1",
        "Bearer token-1",
        None,
        "Bearer token-2",
        None,
    ]
    assert received[2].body == b"grant_type=refresh_token&refresh_token=refresh-0"
    assert received[5].body == b"grant_type=refresh_token&refresh_token=refresh-1"
    assert (received[7].path, received[7].body) == ("/v1/revoke", b"token=refresh-2")


def test_a_lost_answer_to_a_refresh_token_is_asked_for_again(server: Scripted, call: Call) -> None:
    server.play(BREAK, problem(503), granted(1))
    assert call(server, "refresh", "refresh-0").refresh_token == "refresh-1"
    assert len({one.body for one in server.received}) == 1


def test_a_session_that_has_ended_is_the_end(server: Scripted) -> None:
    server.play(granted(0), REFUSED, problem(401, detail="the session has ended: sign in again"))
    with EcgClient(server.url, server.url, retry=QUICK) as client:
        client.sign_in("ann@example.com", "pass word")
        with pytest.raises(UnauthenticatedError, match="the session has ended"):
            client.upload(ECG)
    assert len(server.received) == 3


def test_threads_trade_a_refresh_token_once(server: Scripted) -> None:
    refused, traded = threading.Barrier(4), 0

    def traded_once(request: httpx.Request) -> httpx.Response:
        nonlocal traded
        if request.url.path == "/v1/token":
            traded += 1
            reply = granted(traded)
            return httpx.Response(200, content=reply.body)
        if request.headers["authorization"] == "Bearer token-1":
            # None goes on before all have been refused.
            refused.wait(LIMIT_SECONDS)
            return httpx.Response(401, content=REFUSED.body, headers=REFUSED.headers)
        return httpx.Response(200, json=USER)

    with EcgClient(server.url, server.url, retry=QUICK) as client, ThreadPoolExecutor(4) as pool:
        client._http = httpx.Client(transport=httpx.MockTransport(traded_once))
        client.sign_in("ann@example.com", "pass word")
        list(pool.map(lambda _: client.me(), range(4)))
    assert traded == 2


@pytest.mark.parametrize(("token", "asked"), [("first-token", 1), ("next-token", 2)])
def test_a_token_that_is_refused_too_is_the_end(server: Scripted, token: str, asked: int) -> None:
    server.play(REFUSED, REFUSED)
    with (
        EcgClient(server.url, server.url, token="first-token", renew=lambda: token, retry=QUICK) as client,
        pytest.raises(UnauthenticatedError),
    ):
        client.upload(ECG)
    assert len(server.received) == asked


def test_a_device_is_paired_and_its_token_is_not_shown_by_itself(server: Scripted, call: Call) -> None:
    server.play(says(201, DEVICE))
    device = call(server, "pair", "K7QM-2XWT")
    assert (device.name, device.token) == ("Holter 3", "device-token")
    assert "device-token" not in repr(device)
    (asked,) = server.received
    assert (asked.path, asked.body) == ("/v1/devices/pair", b'{"code":"K7QM-2XWT"}')
    assert "authorization" not in asked.headers
