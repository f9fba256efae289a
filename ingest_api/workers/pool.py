"""Processes beside the service that work on large uploads, so that its event loop is there for the small ones.

Started when they are first needed, and kept. One that ended, hangs or was left in the midst of something is replaced;
its upload is answered with 503, and nothing of it was promised.
"""

import asyncio
import logging
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from uuid import UUID

from formats.rules import Limits
from ingest_api import metrics
from ingest_api.preparing import Order
from ingest_api.workers import wire
from schemas.cloudevents import Record
from schemas.problems import UnavailableError
from service_kit.callers.turns import Turns

_log = logging.getLogger(__name__)

# The worst body takes half a second of a core; on a busy machine the others go before, and it may take many times that.
_ANSWER_SECONDS = 60.0
_RETRY_AFTER_SECONDS = 1
# How much of a body is handed over before what was is gone here.
_CHUNK_BYTES = 256 * 1024


class WorkerFailedError(Exception):
    """A worker failed in a way that nothing foresaw. The text is the type of its error."""


class _LostError(Exception):
    """A worker is not there any more, or not to be waited for."""


class Worker:
    """A process that works on one upload at a time."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._is_answering = False

    @classmethod
    async def start(cls, begin: wire.Begin) -> "Worker":
        """A new one. Raises OSError where the machine has no room for it."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "ingest_api.workers.worker",
            stdin=PIPE,
            stdout=PIPE,
            # A library's threads, of which none is used; and Arrow's memory from where it goes back to the machine,
            # also that of functions which ask no pool of ours.
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "ARROW_DEFAULT_MEMORY_POOL": "system"},
        )
        worker = cls(process)
        worker._say(wire.encode(begin))
        return worker

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def is_usable(self) -> bool:
        """Whether it lives, and has answered all that it was asked."""
        return self._process.returncode is None and not self._is_answering

    async def begin(self, order: Order, accepted_at: int, body: list[bytes]) -> wire.Taken:
        """Begin with an upload. `body` is taken from its list. Raises its problem where it cannot be taken."""
        answer = await self._ask(wire.Job(order, accepted_at, sum(map(len, body))), body)
        if isinstance(answer, wire.Refused):
            raise answer.problem()
        assert isinstance(answer, wire.Taken)
        return answer

    async def records(self, count: int) -> AsyncIterator[Record]:
        """The events of the upload, each when it is asked for."""
        for _ in range(count):
            answer = await self._ask(wire.Next(), [])
            assert isinstance(answer, wire.Event)
            yield Record(answer.key, answer.value, answer.headers)

    async def _ask(self, question: wire.Job | wire.Next, body: list[bytes]) -> wire.Answer:
        self._is_answering = True
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                self._say(wire.encode(question))
                await self._hand_over(body)
                prefix = await self._stdout.readexactly(wire.LENGTH_BYTES)
                answer = wire.decode_answer(await self._stdout.readexactly(wire.length(prefix)))
        except (OSError, EOFError, TimeoutError) as error:
            raise _LostError(type(error).__name__) from None
        self._is_answering = False
        if isinstance(answer, wire.Failed):
            raise WorkerFailedError(answer.kind)
        return answer

    async def end(self) -> int:
        """End it at once; its exit code."""
        with suppress(ProcessLookupError):
            self._process.kill()
        return await self._process.wait()

    async def _hand_over(self, body: list[bytes]) -> None:
        body.reverse()
        while body:
            chunk = memoryview(body.pop())
            for start in range(0, len(chunk), _CHUNK_BYTES):
                self._say(chunk[start : start + _CHUNK_BYTES])
                await self._stdin.drain()

    def _say(self, data: bytes | memoryview) -> None:
        self._stdin.write(data)

    @property
    def _stdin(self) -> asyncio.StreamWriter:
        assert self._process.stdin is not None
        return self._process.stdin

    @property
    def _stdout(self) -> asyncio.StreamReader:
        assert self._process.stdout is not None
        return self._process.stdout


class Workers:
    """At most `count` workers, for uploads within `limits` of at most `max_bytes`."""

    def __init__(self, limits: Limits, *, max_bytes: int, count: int) -> None:
        self._begin = wire.Begin(limits, max_bytes)
        self._turns = Turns(count)
        self._idle: list[Worker] = []
        metrics.LARGE_WAITING.set_function(lambda: self._turns.waiting)

    async def open(self) -> None:
        """Nothing is started before it is needed."""

    async def close(self) -> None:
        """End those that there are: nothing is under way any more."""
        while self._idle:
            await self._idle.pop().end()

    @asynccontextmanager
    async def turn(self, owner_id: UUID) -> AsyncIterator[Worker]:
        """A worker inside the block, when it is the owner's turn. Raises UnavailableError where it is lost."""
        async with self._turns.turn(owner_id):
            worker: Worker | None = None
            try:
                worker = await self._one()
                yield worker
            except (_LostError, OSError) as error:
                raise await _lost(worker, str(error) or type(error).__name__) from None
            finally:
                if worker is not None:
                    await self._put_back(worker)

    async def _one(self) -> Worker:
        while self._idle:
            worker = self._idle.pop()
            if worker.is_usable:
                return worker
            await _lost(worker, "ended while idle")
        return await Worker.start(self._begin)

    async def _put_back(self, worker: Worker) -> None:
        if worker.is_usable:
            self._idle.append(worker)
        else:
            # Lost, which is told, or left in the midst of an answer that nobody waits for any more.
            await worker.end()


async def _lost(worker: Worker | None, cause: str) -> UnavailableError:
    code = None if worker is None else await worker.end()
    metrics.WORKERS_LOST.inc()
    _log.error("a worker for large uploads is lost", extra={"cause": cause, "exit": code})
    return UnavailableError("the work on this upload was cut short", retry_after=_RETRY_AFTER_SECONDS)
