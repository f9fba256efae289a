"""Clients as they are: what they offer is ignored, what they are told arrives, and none takes all the room."""

import asyncio
import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest

from harness import java_client
from harness.clients import CLIENTS, Asked, Client
from harness.ingesting import Ingest, Signer, ingesting, until_ready
from harness.java_client import How
from harness.querying import Query, serving
from harness.running import Engines, until
from infra.local.ports import any_free

# More than lies between two sockets of one machine.
LARGE_BYTES = 8_000_000
# More than the largest upload.
TOO_LARGE_BYTES = 40_000_000
CONNECTIONS = 40
WAITERS = 4
JSON = "application/json"


@pytest.fixture(scope="module")
def query(engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Query]:
    with serving(engines, tmp_path_factory.mktemp("query"), ECG_WAITERS=str(WAITERS)) as running:
        yield running


@pytest.fixture(scope="module")
def ingest(engines: Engines, query: Query, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ingest]:
    """An ingest API that believes the users of the query API beside it."""
    log = tmp_path_factory.mktemp("ingest") / "ingest.log"
    with ingesting(engines.kafka, Signer(engines.keys), log, ECG_CONNECTIONS=str(CONNECTIONS)) as running:
        until_ready(running)
        yield running


@pytest.fixture(scope="module")
def slow(engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ingest]:
    """An ingest API of which one user may ask once in ten seconds."""
    log, signer = tmp_path_factory.mktemp("slow") / "ingest.log", Signer(engines.keys)
    signer.announce(engines.kafka)
    with ingesting(engines.kafka, signer, log, ECG_REQUESTS_PER_SECOND="0.1") as running:
        until_ready(running)
        yield running


@pytest.fixture(scope="module")
def away(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ingest]:
    """An ingest API whose Kafka was never there."""
    log = tmp_path_factory.mktemp("away") / "ingest.log"
    with ingesting(f"127.0.0.1:{any_free()}", Signer(), log) as running:
        until(running.alive, "the ingest API without Kafka")
        yield running


@pytest.fixture(scope="module")
def token(query: Query) -> str:
    return query.new_user().token


def recording(ecg_id: str, samples: int) -> bytes:
    return json.dumps({"id": ecg_id, "leads": [{"name": "I", "signal": [1, -1] * (samples // 2)}]}).encode()


def bearer(token: str, content_type: str = JSON) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "Content-Type": content_type}


@pytest.mark.parametrize("client", CLIENTS.values(), ids=CLIENTS)
@pytest.mark.parametrize("samples", [4, 500_000])
def test_an_upload_is_taken(ingest: Ingest, token: str, client: Client, samples: int) -> None:
    headers = bearer(token)
    assert client(Asked(f"{ingest.url}/v1/ecgs", recording("a", samples), headers=headers)) == (202, "")


@pytest.mark.parametrize("client", CLIENTS.values(), ids=CLIENTS)
def test_an_answer_before_the_body_was_read_arrives(
    ingest: Ingest, query: Query, token: str, client: Client
) -> None:
    body, uploads = bytes(LARGE_BYTES), f"{ingest.url}/v1/ecgs"
    good, admin = bearer(token), bearer(query.admin().token)
    users, form = f"{query.url}/v1/users", {"Content-Type": "application/x-www-form-urlencoded"}
    expected = {
        "unauthenticated": (401, Asked(uploads, body)),
        "forbidden": (403, Asked(uploads, body, headers=admin)),
        "not-found": (404, Asked(f"{ingest.url}/v1/nothing", body, headers=good)),
        "method-not-allowed": (405, Asked(uploads, body, "PUT", good)),
        "unsupported-media-type": (415, Asked(uploads, body, headers=good | {"Content-Type": "text/plain"})),
        "too-large": (413, Asked(uploads, bytes(TOO_LARGE_BYTES), headers=good)),
    }
    assert {name: client(asked) for name, (_, asked) in expected.items()} == {
        name: (status, name) for name, (status, _) in expected.items()
    }
    expected = {
        "unauthenticated": (401, Asked(users, body)),
        "not-found": (404, Asked(f"{query.url}/v1/nothing", body, headers=admin)),
        "method-not-allowed": (405, Asked(users, body, "PUT", admin)),
        "unsupported-media-type": (415, Asked(users, body, headers=admin | {"Content-Type": "text/plain"})),
        "too-large": (413, Asked(f"{query.url}/v1/token", body, headers=form)),
    }
    assert {name: client(asked) for name, (_, asked) in expected.items()} == {
        name: (status, name) for name, (status, _) in expected.items()
    }


@pytest.mark.parametrize("client", CLIENTS.values(), ids=CLIENTS)
def test_come_again_later_arrives_before_the_body_was_read(
    slow: Ingest, away: Ingest, client: Client
) -> None:
    body, headers = bytes(LARGE_BYTES), bearer(slow.signer.token())
    assert client(Asked(f"{slow.url}/v1/ecgs", recording("a", 4), headers=headers)) == (202, "")
    assert client(Asked(f"{slow.url}/v1/ecgs", body, headers=headers)) == (429, "too-many-requests")
    assert client(Asked(f"{away.url}/v1/ecgs", body, headers=headers)) == (503, "unavailable")


def test_javas_client_is_understood(ingest: Ingest, query: Query, token: str) -> None:
    if why_not := java_client.why_not():
        pytest.skip(why_not)
    sent: list[tuple[int, How]] = [
        (4, "whole"),
        (4, "chunked"),
        (4, "asked"),
        (500_000, "whole"),
        (500_000, "chunked"),
    ]

    async def play() -> list[int]:
        found = []
        async with java_client.java_client() as client:
            for number, (samples, how) in enumerate(sent):
                body = recording(f"java-{number}", samples)
                found.append(await client.post(f"{ingest.url}/v1/ecgs", body, token=token, how=how))
            for size, url in (
                (LARGE_BYTES, f"{query.url}/v1/users"),
                (TOO_LARGE_BYTES, f"{ingest.url}/v1/ecgs"),
            ):
                found.append(await client.post(url, bytes(size), token=token))
                found.append(await client.post(url, bytes(size), token=token, how="chunked"))
        return [answer.status for answer in found]

    assert asyncio.run(play()) == [202] * len(sent) + [403, 403, 413, 413]


def test_half_a_request_on_many_connections_keeps_nobody_out(ingest: Ingest) -> None:
    where = urlsplit(ingest.url)
    address = str(where.hostname), where.port or 0
    with ExitStack() as stack:
        for _ in range(2 * CONNECTIONS):
            half = stack.enter_context(socket.create_connection(address))
            half.sendall(b"POST /v1/ecgs HTTP/1.1\r\n")
        flooded = stack.enter_context(socket.create_connection(address))
        assert flooded.recv(65_536).startswith(b"HTTP/1.1 429 ")
        other = stack.enter_context(socket.create_connection(address, source_address=("127.0.0.2", 0)))
        other.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        assert other.recv(65_536).startswith(b"HTTP/1.1 200 ")
    until(ingest.alive, "a seat")


def test_one_user_leaves_waits_to_others(query: Query) -> None:
    ann, ben = query.new_user(), query.new_user()
    with ThreadPoolExecutor(WAITERS) as pool:
        held = [
            pool.submit(query.get, f"/v1/ecgs/none-{number}", ann, Prefer="wait=5")
            for number in range(WAITERS // 2)
        ]
        waits = f"\necg_query_waiting {WAITERS // 2}.0"
        until(lambda: waits in query.get("/metrics").text, "the requests to wait")
        beyond = query.get("/v1/ecgs/none", ann, Prefer="wait=5")
        assert "preference-applied" not in beyond.headers
        other = query.get("/v1/ecgs/none", ben, Prefer="wait=1")
        assert other.headers["preference-applied"] == "wait=1"
        assert all(one.result().headers["preference-applied"] == "wait=5" for one in held)
