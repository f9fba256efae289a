"""What the service and a worker say to each other over a pipe: messages, each behind its length; pure.

The service says `Begin` once. For each upload it says `Job`, with the body behind it as bare bytes, and then `Next`
for each event; or another `Job`, which ends the one before. A worker answers each once.
"""

import struct
from io import BufferedReader

import msgspec

from formats.rules import Limits
from ingest_api.preparing import Order
from schemas.problems import InvalidError, MalformedError, Problem, RuleError, TooLargeError

_LENGTH = struct.Struct("<I")
LENGTH_BYTES = _LENGTH.size


class Begin(msgspec.Struct, tag=True, frozen=True):
    """`max_bytes`: the most that a body may be, unpacked."""

    limits: Limits
    max_bytes: int


class Job(msgspec.Struct, tag=True, frozen=True):
    """An upload of an instant (µs since the epoch), whose body of so many bytes follows."""

    order: Order
    accepted_at: int
    body_bytes: int


class Next(msgspec.Struct, tag=True, frozen=True):
    """The next event is wanted."""


class Taken(msgspec.Struct, tag=True, frozen=True):
    """The upload can be taken: so many events can be asked for."""

    ecg_id: str
    content_hash: str
    events: int
    decode_seconds: float
    unpacked_bytes: int


class Refused(msgspec.Struct, tag=True, frozen=True):
    """The upload cannot be taken: a problem, of which only what its kind has is given."""

    kind: str
    detail: str
    offset: int | None = None
    errors: tuple[RuleError, ...] = ()
    total: int = 0
    at_least: bool = False

    def problem(self) -> Problem:
        """The problem that it was."""
        if self.kind == InvalidError.name:
            return InvalidError(self.errors, self.total, at_least=self.at_least)
        if self.kind == TooLargeError.name:
            return TooLargeError(self.detail)
        return MalformedError(self.detail, offset=self.offset)


class Event(msgspec.Struct, tag=True, frozen=True):
    """An event of the upload, as `schemas.cloudevents.Record` has it."""

    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]


class Failed(msgspec.Struct, tag=True, frozen=True):
    """The worker failed in a way that nothing foresaw; `kind`: the type of the error, and nothing of the body."""

    kind: str


Question = Begin | Job | Next
Answer = Taken | Refused | Event | Failed

_encoder = msgspec.msgpack.Encoder()
_questions = msgspec.msgpack.Decoder(Question)
_answers = msgspec.msgpack.Decoder(Answer)


def refused(problem: MalformedError | InvalidError | TooLargeError) -> Refused:
    """What is told of a problem."""
    if isinstance(problem, InvalidError):
        return Refused(
            problem.name, problem.detail, None, problem.errors, problem.total, at_least=problem.at_least
        )
    offset = problem.offset if isinstance(problem, MalformedError) else None
    return Refused(problem.name, problem.detail, offset)


def encode(message: Question | Answer) -> bytes:
    """A message behind its length."""
    content = _encoder.encode(message)
    return _LENGTH.pack(len(content)) + content


def length(prefix: bytes) -> int:
    """How long the message behind this is."""
    told: int = _LENGTH.unpack(prefix)[0]
    return told


def decode_answer(content: bytes) -> Answer:
    """An answer, without its length."""
    answer: Answer = _answers.decode(content)
    return answer


def read_question(pipe: BufferedReader) -> Question | None:
    """The next question; None where there is none any more."""
    prefix = pipe.read(LENGTH_BYTES)
    if len(prefix) < LENGTH_BYTES:
        return None
    question: Question = _questions.decode(pipe.read(length(prefix)))
    return question
