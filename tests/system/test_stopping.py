"""SIGTERM while a service is full of callers: it ends within its bound, and nobody gets half an answer.

Nothing here depends on how fast the machine is: what is waited for is a state, and the bound is a supervisor's.
"""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from harness.ingesting import STOP_LIMIT_SECONDS, Signer, ingesting, until_ready
from harness.querying import serving
from harness.running import Engines
from harness.topics import read_topic
from schemas.topics import UPLOADED

# With those that wait and upload, as many as one process takes.
IDLE = 1_900
# One address may hold as many as it leaves free.
OF_ONE_ADDRESS = 10
LIMIT_SECONDS = 60.0
READ_BYTES = 65_536
# The bound of uploads in this test: so long they are waited for.
STOP_SECONDS = 3


@dataclass(slots=True)
class Caller:
    """A connection of one caller."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def rest(self) -> bytes:
        """What comes until the other side ends the connection, which it may do by a reset."""
        came = bytearray()
        with suppress(ConnectionResetError):
            async with asyncio.timeout(LIMIT_SECONDS):
                while data := await self.reader.read(READ_BYTES):
                    came += data
        return bytes(came)


@asynccontextmanager
async def callers(url: str, count: int, sent: bytes = b"") -> AsyncIterator[list[Caller]]:
    """So many connections, on each of which this was sent."""
    where = httpx.URL(url)
    opened: list[Caller] = []
    try:
        for number in range(count):
            source = f"127.0.1.{1 + number // OF_ONE_ADDRESS}", 0
            opened.append(Caller(*await asyncio.open_connection(where.host, where.port, local_addr=source)))
            opened[-1].writer.write(sent)
        yield opened
    finally:
        for caller in opened:
            caller.writer.close()


def whole_answer(received: bytes) -> tuple[int, Any]:
    """The status and the content of what has to be one answer, and all of it."""
    head, _, body = received.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    assert int(headers["content-length"]) == len(body), received
    assert headers["connection"] == "close"
    return int(status.split()[1]), json.loads(body)


async def gauge(http: httpx.AsyncClient, url: str, name: str, wanted: int) -> None:
    """Wait until a metric has a value, of all that it counts."""
    async with asyncio.timeout(LIMIT_SECONDS):
        while f"\n{name} {float(wanted)}\n" not in (await http.get(f"{url}/metrics")).text:
            await asyncio.sleep(0.05)


async def every_rest(found: Sequence[Caller]) -> list[bytes]:
    return await asyncio.gather(*(caller.rest() for caller in found))


def errors_in(log: Path) -> list[str]:
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    return [line["message"] for line in lines if line["level"] == "ERROR"]


def test_those_who_wait_are_answered_and_those_who_do_nothing_are_let_go(
    engines: Engines, tmp_path: Path
) -> None:
    async def scenario(url: str, token: str, process: Any) -> None:
        poll = f"GET /v1/ecgs/none/insights HTTP/1.1\r\nHost: h\r\nAuthorization: {token}\r\nPrefer: wait=25\r\n\r\n"
        async with (
            httpx.AsyncClient(trust_env=False, timeout=LIMIT_SECONDS) as http,
            callers(url, IDLE) as idle,
            callers(url, 50, poll.encode()) as waiting,
        ):
            await gauge(http, url, "ecg_query_waiting", len(waiting))
            process.terminate()
            assert {whole_answer(one)[0] for one in await every_rest(waiting)} == {404}
            assert set(await every_rest(idle)) == {b""}

    with serving(engines, tmp_path, ECG_HEAD_SECONDS="600") as own:
        asyncio.run(scenario(own.url, own.new_user().headers["Authorization"], own.process))
        assert own.process.wait(STOP_LIMIT_SECONDS) == -signal.SIGTERM
        assert errors_in(own.log) == []


@pytest.fixture(scope="module")
def signer(engines: Engines) -> Signer:
    made = Signer(engines.keys)
    made.announce(engines.kafka)
    return made


def upload(token: str, ecg_id: str) -> tuple[bytes, bytes]:
    """An upload in two halves."""
    signal_ = [number % 100 for number in range(2_000)]
    body = json.dumps({"id": ecg_id, "leads": [{"name": "I", "signal": signal_}]}).encode()
    head = (
        f"POST /v1/ecgs HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body[:1_000], body[1_000:]


def test_uploads_under_way_end_with_a_whole_answer_or_with_none(
    engines: Engines, signer: Signer, tmp_path: Path
) -> None:
    """And what was answered 202 is in Kafka. Those that never end are told to come again when the time is over."""
    token = signer.token()

    async def scenario(url: str, process: Any) -> set[str]:
        halves = {f"finishing-{number}": upload(token, f"finishing-{number}") for number in range(20)}
        stuck, _ = upload(token, "stuck")
        bursts = {f"burst-{number}": b"".join(upload(token, f"burst-{number}")) for number in range(50)}
        async with (
            httpx.AsyncClient(trust_env=False, timeout=LIMIT_SECONDS) as http,
            callers(url, IDLE - 100) as idle,
            callers(url, 10, b"POST /v1/ecgs HTTP/1.1\r\nHo") as headless,
            callers(url, 5, stuck) as dawdling,
            callers(url, len(halves)) as finishing,
            callers(url, len(bursts)) as bursting,
        ):
            for caller, (first, _) in zip(finishing, halves.values(), strict=True):
                caller.writer.write(first)
            # And the one that asks for it.
            await gauge(http, url, "ecg_http_requests_in_flight", len(finishing) + len(dawdling) + 1)
            for caller, whole in zip(bursting, bursts.values(), strict=True):
                caller.writer.write(whole)
            process.terminate()
            for caller, (_, second) in zip(finishing, halves.values(), strict=True):
                caller.writer.write(second)
            finished = [whole_answer(one) for one in await every_rest(finishing)]
            assert {status for status, _ in finished} == {202}
            burst = [whole_answer(one) for one in await every_rest(bursting) if one]
            assert {status for status, _ in burst} <= {202}
            assert set(await every_rest([*idle, *headless])) == {b""}
            given_up = [whole_answer(one) for one in await every_rest(dawdling)]
            assert [(status, told["type"]) for status, told in given_up] == [
                (503, "urn:ecg:problem:unavailable")
            ] * len(dawdling)
            return {told["id"] for _, told in [*finished, *burst]}

    log = tmp_path / "ingest_api.log"
    told = {"ECG_HEAD_SECONDS": "600", "ECG_INGEST_STOP_SECONDS": str(STOP_SECONDS)}
    with ingesting(engines.kafka, signer, log, **told) as own:
        until_ready(own)
        accepted = asyncio.run(scenario(own.url, own.process))
        assert own.process.wait(STOP_LIMIT_SECONDS) == -signal.SIGTERM
    # Other tests write what is no upload to it.
    found = read_topic(engines.kafka, UPLOADED.name, lambda record: "ce_ecgid" in dict(record.headers))
    stored = {dict(record.headers)["ce_ecgid"].decode() for record in found}
    assert accepted <= stored
    assert "stuck" not in stored
