"""``python -m ingest_api.workers.worker``: works on one upload at a time for the service, as `wire` has it.

Ends when the service does, however that ends: its standard input is then at its end. Signals to all processes of a
terminal or a container are left to the service, which still needs the worker for what is under way. Takes twice as
much memory as one upload has bytes, three times where each sample is one, five times of an archive, and gives it back.
"""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from io import BufferedReader

import pyarrow as pa

from formats.decoders import decoders
from ingest_api.preparing import prepare
from ingest_api.workers import wire
from schemas.cloudevents import Record
from schemas.problems import InvalidError, MalformedError, TooLargeError
from service_kit.http.decompression import unpacked
from service_kit.process import allocator

# The small uploads, which the service works on itself, go before the large ones, which still get a third of a core.
_NICENESS = 5


class _Work:
    """The upload that is worked on, if one is."""

    def __init__(self, begin: wire.Begin) -> None:
        self._decoders = decoders(begin.limits)
        self._max_bytes = begin.max_bytes
        self._records: Iterator[Record] = iter(())
        self._left = 0

    def answer(self, question: wire.Question, pipe: BufferedReader) -> wire.Answer:
        if isinstance(question, wire.Job):
            return self._begin(question, pipe)
        record = next(self._records)
        self._left -= 1
        if not self._left:
            # Else the last one's samples would be there until the next upload.
            self._records = iter(())
        assert record.key is not None
        assert record.value is not None
        return wire.Event(record.key, record.value, record.headers)

    def _begin(self, job: wire.Job, pipe: BufferedReader) -> wire.Answer:
        # What is left of the one before must not be there beside it.
        self._records = iter(())
        sent = [bytearray(job.body_bytes)]
        if pipe.readinto(sent[0]) < job.body_bytes:
            raise EOFError
        try:
            body = [unpacked(sent.pop(), job.order.encoding, max_bytes=self._max_bytes)]
            size = len(body[0])
            decode = self._decoders[job.order.format]
            prepared = prepare(body.pop(), decode, job.order, job.accepted_at)
        except (MalformedError, InvalidError, TooLargeError) as problem:
            return wire.refused(problem)
        self._records, self._left = prepared.records, prepared.events
        return wire.Taken(
            prepared.ecg_id, prepared.content_hash, prepared.events, prepared.decode_seconds, size
        )


def main() -> None:
    """Answer until there are no more questions."""
    for shared in (signal.SIGINT, signal.SIGTERM):
        signal.signal(shared, signal.SIG_IGN)
    os.nice(_NICENESS)
    allocator.give_back()
    # One thing is done at a time, and each idle thread would count as memory.
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    questions = open(sys.stdin.fileno(), "rb", closefd=False)  # noqa: SIM115 - of the process
    begin = wire.read_question(questions)
    if not isinstance(begin, wire.Begin):
        return
    work = _Work(begin)
    with suppress(BrokenPipeError):
        while (question := wire.read_question(questions)) is not None:
            try:
                answer = work.answer(question, questions)
            except Exception as error:  # noqa: BLE001 - the service logs it, and answers its caller
                answer = wire.Failed(type(error).__name__)
            _write(wire.encode(answer))


def _write(data: bytes) -> None:
    # Nothing is kept that could not be written, and would be complained of at the end.
    left = memoryview(data)
    while left:
        left = left[os.write(sys.stdout.fileno(), left) :]


if __name__ == "__main__":
    main()
