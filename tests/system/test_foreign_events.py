"""Events that other producers put on the upload topic, packed or as large as it takes: none holds up what is behind."""

import asyncio
import time
from uuid import UUID

import numpy as np
import pytest
from aiokafka import AIOKafkaProducer, ConsumerRecord
from aiokafka.errors import MessageSizeTooLargeError

from harness import access
from harness.running import System, User, until
from harness.topics import read_topic
from schemas.cloudevents import Record
from schemas.content_hash import content_hash
from schemas.ecg import Ecg, Lead
from schemas.ids import ecg_key
from schemas.topics import DEAD_LETTERS, MAX_EVENT_BYTES, UPLOADED
from schemas.uploaded import Provenance, Uploaded, encode_uploaded
from service_kit.engines.kafka.publisher import partition_of

# Of a record batch around its only record: its header, and the record's own lengths.
FRAMING_BYTES = 100
PACKED_BYTES = 3 * MAX_EVENT_BYTES


def event(user: User, ecg_id: str) -> Record:
    lead = Lead("I", np.array([1, -1, 1], dtype=np.int16))
    now = time.time_ns() // 1000
    origin = Provenance(UUID(user.id), ecg_id, content_hash(Ecg((lead,))), now, now, "server", 3)
    return encode_uploaded(Uploaded(origin, (lead,)))


def publish(system: System, record: Record, *, packed: bool) -> None:
    async def send() -> None:
        async with AIOKafkaProducer(
            **access.to(system.engines.kafka),
            compression_type="gzip" if packed else None,
            max_request_size=2 * PACKED_BYTES,
        ) as producer:
            partition = partition_of(record.key or b"", UPLOADED.partitions)
            await producer.send_and_wait(
                UPLOADED.name, record.value, record.key, partition, headers=record.headers
            )

    asyncio.run(send())


def letters_of(system: System, user: User) -> list[ConsumerRecord]:
    return read_topic(
        system.engines.kafka, DEAD_LETTERS.name, lambda record: record.key.startswith(user.id.encode())
    )


def test_a_packed_event_is_as_good_as_any(system: System) -> None:
    user = system.new_user()
    publish(system, event(user, "packed"), packed=True)
    url = f"{system.query_url}/v1/ecgs/packed/insights"
    until(lambda: system.http.get(url, headers=user.headers).status_code == 200, "the insight")


def test_what_is_larger_unpacked_than_the_topic_takes_is_refused_to_its_producer(system: System) -> None:
    user = system.new_user()
    with pytest.raises(MessageSizeTooLargeError):
        publish(system, Record(ecg_key(UUID(user.id), "bomb"), bytes(PACKED_BYTES), []), packed=True)


def test_the_largest_poison_becomes_a_dead_letter_and_the_next_event_is_processed(system: System) -> None:
    user = system.new_user()
    behind = event(user, "behind")
    header = ("filler", bytes(MAX_EVENT_BYTES // 2))
    value = np.random.default_rng(1).bytes(MAX_EVENT_BYTES // 2 - FRAMING_BYTES - len(behind.key or b""))
    publish(system, Record(behind.key, value, [header]), packed=False)
    publish(system, behind, packed=False)
    url = f"{system.query_url}/v1/ecgs/behind/insights"
    until(lambda: system.http.get(url, headers=user.headers).status_code == 200, "the insight")
    (letter,) = letters_of(system, user)
    assert (letter.value, letter.headers[0]) == (value, header)
