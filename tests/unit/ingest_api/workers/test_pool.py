"""What is large is worked on by a process beside, with the same outcome; and whatever becomes of it, the next is."""

import asyncio
import gzip
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterator
from typing import Any
from uuid import UUID

import psutil
import pyarrow as pa
import pytest
import uvloop

from formats.decoders import JSON, decoders
from harness.arrow_streams import columns, stream
from ingest_api import metrics
from ingest_api.preparing import Order, prepare
from ingest_api.workers import wire
from ingest_api.workers.pool import Workers
from schemas.arrow import CONTENT_TYPE as ARROW
from schemas.cloudevents import Record
from schemas.problems import InvalidError, MalformedError, Problem, TooLargeError, UnavailableError
from service_kit.http.decompression import GZIP, IDENTITY, ZSTD
from tests.unit.formats.limits import LIMITS

OWNER = UUID(int=1)
ACCEPTED_AT = 1_767_319_445_000_001
MAX_BYTES = 8_000_000
LIMIT_SECONDS = 60
SMALL = b'{"leads":[{"name":"I","signal":[1,-2]}]}'
LARGE = b'{"id":"a","leads":[{"name":"I","signal":[' + b"1," * 900_000 + b"70000]}]}"


Play = Callable[[Workers], Coroutine[Any, Any, None]]
Run = Callable[[Play], None]


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.Runner]:
    """The service's own, which has its own way with processes."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        yield runner


def run_on(loop: asyncio.Runner, workers: Workers) -> Run:
    def run(play: Play) -> None:
        async def whole() -> None:
            async with asyncio.timeout(LIMIT_SECONDS):
                await play(workers)

        loop.run(whole())

    return run


@pytest.fixture(scope="module")
def run(loop: asyncio.Runner) -> Iterator[Run]:
    """With a worker that goes on from test to test, as long as nothing becomes of it."""
    workers = Workers(LIMITS, max_bytes=MAX_BYTES, count=1)
    yield run_on(loop, workers)
    loop.run(workers.close())


def order(form: str = JSON, encoding: str = IDENTITY) -> Order:
    return Order(form, encoding, OWNER, None, "00-1-2-01")


async def sent(
    workers: Workers, body: bytes, form: str = JSON, encoding: str = IDENTITY
) -> tuple[wire.Taken, list[Record]]:
    async with workers.turn(OWNER) as worker:
        taken = await worker.begin(order(form, encoding), ACCEPTED_AT, [body[:1_000], body[1_000:]])
        return taken, [record async for record in worker.records(taken.events)]


def zstd(body: bytes) -> bytes:
    packed: bytes = pa.compress(body, codec="zstd", asbytes=True)
    return packed


@pytest.mark.parametrize(
    ("form", "body"),
    [
        (JSON, SMALL),
        (JSON, LARGE),
        (JSON, LARGE.replace(b"1,1,", b"1,null,", 5).replace(b"70000", b"null")),
        (ARROW, stream(columns([1, -1, 300] * 300_000, [5]))),
        (ARROW, stream(columns([1, None, 300] * 300_000, [5]))),
    ],
)
def test_a_worker_makes_of_an_upload_what_the_service_makes(run: Run, form: str, body: bytes) -> None:
    here = prepare(body, decoders(LIMITS)[form], order(form), ACCEPTED_AT)
    expected = list(here.records)

    async def play(workers: Workers) -> None:
        for encoding, packed in ((IDENTITY, body), (GZIP, gzip.compress(body, 1)), (ZSTD, zstd(body))):
            taken, records = await sent(workers, packed, form, encoding)
            assert (taken.ecg_id, taken.content_hash) == (here.ecg_id, here.content_hash)
            assert (taken.events, taken.unpacked_bytes) == (len(expected), len(body))
            assert records == expected

    run(play)


@pytest.mark.parametrize(
    ("body", "encoding", "kind"),
    [
        (b'{"leads":[{"name":"I","signal":[NaN]}]}', IDENTITY, MalformedError),
        (b'{"leads":[{"name":"I","signal":[' + b"1.5," * 100_000 + b"1]}]}", IDENTITY, InvalidError),
        (zstd(bytes(MAX_BYTES + 1)), ZSTD, TooLargeError),
        (b"junk", GZIP, MalformedError),
    ],
)
def test_a_worker_tells_what_is_wrong(run: Run, body: bytes, encoding: str, kind: type[Problem]) -> None:
    async def play(workers: Workers) -> None:
        with pytest.raises(kind) as refused:
            await sent(workers, body, encoding=encoding)
        if encoding == IDENTITY:
            with pytest.raises(kind) as here:
                decoders(LIMITS)[JSON](body)
            assert refused.value.members() == here.value.members()
        await sent(workers, SMALL)

    run(play)


def of_this_process() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if "ingest_api.workers.worker" in child.cmdline()]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGABRT])
def test_a_worker_that_dies_at_work_is_answered_for_and_replaced(
    run: Run, number: int, caplog: pytest.LogCaptureFixture
) -> None:
    async def cut_short(workers: Workers) -> None:
        async with workers.turn(OWNER) as worker:
            taken = await worker.begin(order(), ACCEPTED_AT, [LARGE])
            os.kill(worker.pid, number)
            async for _ in worker.records(taken.events):
                pass

    async def play(workers: Workers) -> None:
        lost = metrics.WORKERS_LOST._value.get()
        with pytest.raises(UnavailableError) as refused:
            await cut_short(workers)
        assert refused.value.retry_after
        assert metrics.WORKERS_LOST._value.get() == lost + 1
        assert [record.levelname for record in caplog.records] == ["ERROR"]
        assert await sent(workers, SMALL)

    run(play)


def test_a_worker_that_died_idle_is_replaced_before_anybody_hears_of_it(run: Run) -> None:
    async def play(workers: Workers) -> None:
        async with workers.turn(OWNER) as worker:
            await worker.begin(order(), ACCEPTED_AT, [SMALL])
            pid = worker.pid
        lost = metrics.WORKERS_LOST._value.get()
        os.kill(pid, signal.SIGKILL)
        while worker.is_usable:
            await asyncio.sleep(0.01)
        assert await sent(workers, SMALL)
        assert metrics.WORKERS_LOST._value.get() == lost + 1

    run(play)


def test_a_worker_left_in_the_midst_of_an_answer_is_replaced(run: Run) -> None:
    async def play(workers: Workers) -> None:
        async with workers.turn(OWNER) as worker:
            asking = asyncio.create_task(worker.begin(order(), ACCEPTED_AT, [LARGE]))
            while worker.is_usable:
                await asyncio.sleep(0)
            asking.cancel()
            await asyncio.wait([asking])
            assert asking.cancelled()
        taken, _ = await sent(workers, SMALL)
        assert taken.events == 1

    run(play)


def test_what_one_upload_leaves_unasked_the_next_never_hears(run: Run) -> None:
    async def play(workers: Workers) -> None:
        async with workers.turn(OWNER) as worker:
            assert (await worker.begin(order(), ACCEPTED_AT, [LARGE])).events > 1
        _, (record,) = await sent(workers, SMALL)
        assert record.value is not None
        assert len(record.value) < 10_000

    run(play)


def test_a_worker_that_cannot_be_started_is_answered_for(
    loop: asyncio.Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def play(workers: Workers) -> None:
        with monkeypatch.context() as patched:
            patched.setattr(sys, "executable", "/nowhere/python")
            with pytest.raises(UnavailableError):
                await sent(workers, SMALL)
        await sent(workers, SMALL)
        await workers.close()

    run_on(loop, Workers(LIMITS, max_bytes=MAX_BYTES, count=1))(play)


def test_as_many_as_there_are_workers_are_worked_on_at_once(loop: asyncio.Runner) -> None:
    others = of_this_process()

    async def play(workers: Workers) -> None:
        async with workers.turn(OWNER), workers.turn(OWNER):
            assert len(of_this_process()) == len(others) + 2
        assert len(of_this_process()) == len(others) + 2
        await workers.close()

    run_on(loop, Workers(LIMITS, max_bytes=MAX_BYTES, count=2))(play)
    assert of_this_process() == others


def test_a_worker_ends_with_its_service_and_not_by_signals_to_all() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "ingest_api.workers.worker"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(wire.encode(wire.Begin(LIMITS, MAX_BYTES)))
    for _ in range(2):
        process.stdin.write(wire.encode(wire.Job(order(), ACCEPTED_AT, len(SMALL))) + SMALL)
        process.stdin.flush()
        length = wire.length(process.stdout.read(wire.LENGTH_BYTES))
        assert isinstance(wire.decode_answer(process.stdout.read(length)), wire.Taken)
        os.kill(process.pid, signal.SIGTERM)
        os.kill(process.pid, signal.SIGINT)
    process.stdout.close()
    process.stdin.close()
    assert process.wait(LIMIT_SECONDS) == 0
