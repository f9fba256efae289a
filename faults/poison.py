"""Events that can never succeed, and what became of them: put on the upload topic by hand, as a broken or foreign
producer might.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

import numpy as np
import pyarrow as pa
from aiokafka import AIOKafkaProducer, ConsumerRecord

from harness import access, topics
from schemas.cloudevents import Record
from schemas.dead_letters import decode_dead_letter
from schemas.ecg import Lead
from schemas.ids import ecg_key
from schemas.topics import DEAD_LETTERS, UPLOADED
from schemas.uploaded import Provenance, Uploaded, encode_uploaded

SAMPLES = 3


@dataclass(frozen=True, slots=True)
class Poison:
    """An event that can never succeed, and why not in a word."""

    kind: str
    record: Record


@dataclass(frozen=True, slots=True)
class Placed:
    """A poison, and where it lies on the upload topic."""

    poison: Poison
    partition: int
    offset: int


def every_kind() -> list[Poison]:
    """One of each, of an owner who does not exist."""
    good = _good(uuid4(), "poison")
    value = good.value or b""
    headers = dict(good.headers)
    offsets = struct.pack("<2i", 0, SAMPLES)
    claimed = value.replace(offsets, struct.pack("<2i", 0, 2**31 - 1))
    if claimed == value:
        raise ValueError("the offsets of the leads are not where they were")
    return [
        Poison("empty", replace(good, value=b"")),
        Poison("no value", replace(good, value=None)),
        Poison("random bytes", replace(good, value=np.random.default_rng(1).bytes(5_000))),
        Poison("truncated Arrow", replace(good, value=value[: len(value) // 2])),
        Poison("wrong types", replace(good, value=_wrong_types())),
        Poison("2^31 values claimed", replace(good, value=claimed)),
        Poison("no headers", replace(good, headers=[])),
        Poison("a header is missing", _with(good, {k: v for k, v in headers.items() if k != "ce_ecgid"})),
        Poison("foreign CloudEvent", _with(good, headers | {"ce_type": b"com.example.order.v1"})),
        Poison("future version", _with(good, headers | {"ce_type": b"ecg.uploaded.v2"})),
        Poison("future CloudEvents", _with(good, headers | {"ce_specversion": b"2.0"})),
        Poison("somebody else's key", replace(good, key=ecg_key(uuid4(), "poison"))),
    ]


def _good(owner: UUID, ecg_id: str) -> Record:
    origin = Provenance(owner, ecg_id, "0" * 64, 1, 1, "client", SAMPLES)
    lead = Lead("I", np.array([1, -1, 1], dtype=np.int16), None, None, None)
    return encode_uploaded(Uploaded(origin, (lead,)))


def _with(good: Record, headers: dict[str, bytes]) -> Record:
    return replace(good, headers=list(headers.items()))


def _wrong_types() -> bytes:
    table = pa.table({"name": ["I"], "signal": [[1.5, -1.5]]})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    written: bytes = sink.getvalue().to_pybytes()
    return written


async def place(kafka: str, poisons: Sequence[tuple[Poison, int]]) -> list[Placed]:
    """Put each poison on the partition beside it, in order."""
    placed = []
    async with AIOKafkaProducer(**access.to(kafka), acks="all") as producer:
        for poison, partition in poisons:
            record = poison.record
            written = await producer.send_and_wait(
                UPLOADED.name, record.value, record.key, partition, headers=record.headers
            )
            placed.append(Placed(poison, partition, written.offset))
    return placed


async def unburied(kafka: str, placed: Sequence[Placed]) -> list[str]:
    """What is wrong with the dead letters of these poisons, a sentence each; nothing when each is there as it came,
    with a reason.
    """
    places = {(one.partition, one.offset): one for one in placed}

    def wanted(record: ConsumerRecord) -> bool:
        headers = dict(record.headers)
        place = headers.get("dl_partition", b"-1"), headers.get("dl_offset", b"-1")
        return (int(place[0]), int(place[1])) in places

    found = (await topics.read(kafka, [DEAD_LETTERS.name], wanted))[DEAD_LETTERS.name]
    letters = {}
    for record in found:
        letter = decode_dead_letter(record.key, record.value, record.headers)
        letters[letter.partition, letter.offset] = letter
    wrong = [f"{one.poison.kind}: no dead letter" for at, one in places.items() if at not in letters]
    for at, letter in letters.items():
        sent = places[at].poison
        if not letter.reason:
            wrong.append(f"{sent.kind}: a dead letter without a reason")
        same = (letter.key, letter.value or None) == (sent.record.key, sent.record.value or None)
        if not same or letter.headers != sent.record.headers:
            wrong.append(f"{sent.kind}: the dead letter is not the event as it came")
    return wrong
