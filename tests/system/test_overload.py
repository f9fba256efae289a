"""One device floods, others dawdle: who is polite is served, what is taken is kept, and memory stays bounded."""

import asyncio
import json
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import numpy as np
import pytest

from harness.ingesting import Ingest, Signer, ingesting, until_ready
from harness.running import System, User, until
from tests.system.test_bad_input import memory_peak

# Few, so that a test can fill them; an owner alone gets half.
PLACES = 16
FLOODERS = 40
FLOOD_ROUNDS = 6
POLITE_UPLOADS = 10
SILENT = 50
# Idle it takes 130 MB; at most 8 bodies of 300 kB are held, each some times its size while it is worked on.
MEMORY_LIMIT_BYTES = 300 * 1_048_576
LIMIT_SECONDS = 60


@pytest.fixture
def ingest(system: System, tmp_path: Path) -> Iterator[Ingest]:
    """An ingest API of this system beside its own, with few places."""
    log = tmp_path / "ingest.log"
    places = str(PLACES)
    with ingesting(
        system.engines.kafka, Signer(system.engines.keys), log, ECG_INGEST_REQUESTS_IN_FLIGHT=places
    ) as running:
        until_ready(running)
        yield running


def test_a_flood_is_refused_and_a_polite_user_served(system: System, ingest: Ingest) -> None:
    flooding, polite = system.new_user(), system.new_user()
    with ExitStack() as stack:
        silent = [stack.enter_context(connected(ingest)) for _ in range(SILENT)]
        flooded, served = asyncio.run(flood(ingest, flooding, polite))
        assert all(answer.status_code == 202 for answer in served)
        statuses = Counter(answer.status_code for answer in flooded)
        assert statuses.keys() == {202, 429}
        assert all(answer.headers["retry-after"] for answer in flooded if answer.status_code == 429)
        for connection in silent:
            assert connection.recv(1) == b""
    assert memory_peak(ingest.process.pid) < MEMORY_LIMIT_BYTES
    for user, answers in ((polite, served), (flooding, flooded)):
        accepted = {answer.json()["id"] for answer in answers if answer.status_code == 202}
        until(lambda user=user, accepted=accepted: accepted <= stored(system, user), "the insights")  # type: ignore[misc]
    after = ingest.post(content=recording("after"), token=flooding.token)
    assert after.status_code == 202
    assert "ecg_http_bytes_in_flight 0.0" in ingest.http.get(f"{ingest.url}/metrics").text


SIGNAL = (np.arange(5_000) * 7_919 % 2_000 - 1_000).tolist()
LEADS = json.dumps([{"name": f"L{n}", "signal": SIGNAL} for n in range(12)])


def recording(ecg_id: str) -> bytes:
    """12 leads of 5,000 samples, 300 kB."""
    return f'{{"id": "{ecg_id}", "leads": {LEADS}}}'.encode()


def connected(ingest: Ingest) -> socket.socket:
    """A connection that asks nothing."""
    address = urlsplit(ingest.url)
    return socket.create_connection((address.hostname, address.port), timeout=LIMIT_SECONDS)


async def flood(
    ingest: Ingest, flooding: User, polite: User
) -> tuple[list[httpx.Response], list[httpx.Response]]:
    """What the flooding and the polite user are answered, who send at the same time."""
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(trust_env=False, timeout=LIMIT_SECONDS, limits=limits) as client:

        async def send(user: User, ecg_id: str) -> httpx.Response:
            headers = user.headers | {"Content-Type": "application/json"}
            return await client.post(f"{ingest.url}/v1/ecgs", content=recording(ecg_id), headers=headers)

        async def one_after_the_other(user: User, name: str, count: int) -> list[httpx.Response]:
            return [await send(user, f"{name}-{number}") for number in range(count)]

        *flooded, served = await asyncio.gather(
            *(one_after_the_other(flooding, f"flood-{n}", FLOOD_ROUNDS) for n in range(FLOODERS)),
            one_after_the_other(polite, "polite", POLITE_UPLOADS),
        )
    return [answer for answers in flooded for answer in answers], served


def stored(system: System, user: User) -> set[str]:
    """The ids of all of a user's ECGs that have insights."""
    found: set[str] = set()
    following: str | None = "/v1/ecgs?limit=200"
    while following:
        page = system.http.get(system.query_url + following, headers=user.headers).json()
        found |= {item["id"] for item in page["items"] if item["status"] == "computed"}
        following = page["next"]
    return found
