"""Dead letters, put back by `python -m stream_processor.replay` on the real system."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from aiokafka import AIOKafkaProducer, ConsumerRecord
from cassandra.cluster import Session

from harness import access
from harness.running import System, User, environment, leads_of, until
from harness.topics import read_topic
from infra.local.ports import any_free
from infra.paths import REPOSITORY
from schemas.cloudevents import Record
from schemas.content_hash import content_hash
from schemas.dead_letters import DeadLetter, encode_dead_letter
from schemas.ecg import Ecg, Lead
from schemas.ids import ecg_key
from schemas.positions import position_of
from schemas.topics import DEAD_LETTERS, INSIGHTS, UPLOADED
from schemas.uploaded import Provenance, Uploaded, encode_uploaded
from service_kit.engines.kafka.publisher import partition_of
from stream_processor import ecg_rows

LATER = 75
# Behind all that this system accepts.
DIED_AT = position_of(1, 1_000_000)
REASON = "header ce_type is not ecg.uploaded.v0"


@pytest.fixture
def session(system: System) -> Iterator[Session]:
    with access.cluster(system.engines.cassandra) as cluster:
        yield cluster.connect("ecg")


def replay(
    system: System, *options: str, code: int = 0, answer: str = "", **more: str
) -> list[dict[str, Any]]:
    """Run the command to its end; its lines of JSON."""
    done = subprocess.run(
        [sys.executable, "-m", "stream_processor.replay", *options],
        cwd=REPOSITORY,
        env=environment(system.var, **(system.engines.told() | more)),
        input=answer,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert "418712" not in done.stdout + done.stderr
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def event(user: User, ecg_id: str) -> tuple[Provenance, Record, int]:
    """A valid upload event of the user, and its partition."""
    lead = Lead("I", np.array([418_712, -418_712, 418_712], dtype=np.int32))
    now = time.time_ns() // 1000
    origin = Provenance(UUID(user.id), ecg_id, content_hash(Ecg((lead,))), now, now, "server", 3)
    return (
        origin,
        encode_uploaded(Uploaded(origin, (lead,))),
        partition_of(ecg_key(origin.owner_id, ecg_id), UPLOADED.partitions),
    )


def publish(system: System, topic: str, partition: int, record: Record) -> None:
    async def send() -> None:
        async with AIOKafkaProducer(**access.to(system.engines.kafka), acks="all") as producer:
            await producer.send_and_wait(
                topic, record.value, record.key, partition=partition, headers=record.headers
            )

    asyncio.run(send())


def died_once(system: System, session: Session, user: User, ecg_id: str) -> Record:
    """A valid event that an earlier version of the processor gave up, and what it left of it."""
    origin, record, partition = event(user, ecg_id)
    origin = replace(origin, position=DIED_AT)
    letter = DeadLetter(
        key=record.key,
        value=record.value,
        headers=record.headers,
        reason=REASON,
        topic=UPLOADED.name,
        partition=partition,
        offset=1_000_000,
        time=origin.accepted_at,
        position=DIED_AT,
    )
    publish(
        system, DEAD_LETTERS.name, partition, Record(record.key, record.value, encode_dead_letter(letter))
    )
    statement, parameters = ecg_rows.rejection(origin, REASON)
    session.execute(session.prepare(statement.cql), parameters)
    return record


def original_of(record: ConsumerRecord) -> list[tuple[str, bytes]]:
    """The headers of an event, without that which says that it was put back."""
    return [(name, value) for name, value in record.headers if name != "ce_position"]


def status(system: System, user: User, ecg_id: str) -> tuple[str, str | None]:
    """What its owner is told of an ECG."""
    answer = system.http.get(f"{system.query_url}/v1/ecgs/{ecg_id}/status", headers=user.headers)
    told = answer.json()
    return (told["status"], told["reason"]) if answer.status_code == 200 else ("unknown", None)


def test_what_can_be_processed_now_becomes_an_insight_and_the_rest_stays_one_letter(
    system: System, session: Session
) -> None:
    user = system.new_user()
    mine = "--owner", user.id, "--json"
    good = died_once(system, session, user, "good")
    _, poison, partition = event(user, "poison")
    assert poison.value is not None
    poison = Record(poison.key, poison.value[:-100], poison.headers)
    publish(system, UPLOADED.name, partition, poison)
    until(lambda: status(system, user, "poison")[0] == "rejected", "the rejection")
    (found,) = replay(system, *mine, "--ecg", "poison")
    assert (found["state"], found["deaths"]) == ("poison", 1)
    assert status(system, user, "poison") == ("rejected", found["reason"])
    assert status(system, user, "good") == ("rejected", REASON)

    # Looking puts nothing back, nor does a no.
    assert [one["state"] for one in replay(system, *mine, "--reason", "V0")] == ["ready"]
    replay(system, "--owner", user.id, "--dry-run")
    replay(system, "--owner", user.id, answer="n\n", code=1)
    assert status(system, user, "good") == ("rejected", REASON)

    replay(system, "--owner", user.id, answer="y\n")
    until(lambda: status(system, user, "good") == ("computed", None), "the insight")
    answer = system.http.get(f"{system.query_url}/v1/ecgs/good/insights", headers=user.headers)
    assert [lead["value"] for lead in leads_of(answer.json())] == [2]
    assert {one["ecg_id"]: one["state"] for one in replay(system, *mine, "--yes")} == {
        "good": "computed",
        "poison": "poison",
    }

    # Again, also what makes no sense: nothing changes but the count of deaths.
    replay(system, *mine, "--all", "--yes")
    until(lambda: [one["deaths"] for one in replay(system, *mine)] == [1, 2], "another death")
    assert status(system, user, "good") == ("computed", None)
    assert status(system, user, "poison")[0] == "rejected"
    listed = system.http.get(f"{system.query_url}/v1/ecgs", headers=user.headers).json()["items"]
    assert [item["id"] for item in listed] == ["good"]

    owner = user.id.encode()
    back = read_topic(system.engines.kafka, UPLOADED.name, lambda record: record.key.startswith(owner))
    for original in (good, poison):
        same = [record for record in back if record.key == original.key]
        assert [(record.value, original_of(record)) for record in same] == [
            (original.value, original.headers)
        ] * 2
        assert len({record.partition for record in same}) == 1
    # Where they first stood: the good one where it died, the poison where it was published.
    places = [dict(record.headers).get("ce_position") for record in back]
    (own,) = (record.offset for record in back if "ce_position" not in dict(record.headers))
    assert sorted(filter(None, places)) == sorted(
        str(at).encode() for at in (DIED_AT, DIED_AT, position_of(1, own))
    )
    insights = read_topic(
        system.engines.kafka,
        INSIGHTS.name,
        lambda record: record.key.startswith(owner) and b"/zero_crossings/" in record.key,
    )
    assert len(insights) == 2
    assert len({dict(record.headers)["ce_id"] for record in insights}) == 1


def test_what_cannot_be_done_is_said(system: System) -> None:
    replay(system, "--ecg", "no-such-ecg", code=1)
    replay(system, "--from", "yesterday", code=2)
    replay(system, code=LATER, ECG_KAFKA=f"127.0.0.1:{any_free()}")
