"""Hosts whose clocks differ, and devices that never stop sending: what was first in the log stays the answer, every
other content is shown, and nothing that arrives is missed.
"""

import asyncio
import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from aiokafka import AIOKafkaProducer
from cassandra.cluster import Session

from harness import access
from harness.clocks import Clock
from harness.querying import cassandra
from harness.running import System, User, leads_of, until
from infra.access.accounts import PROCESSOR
from infra.local.ports import any_free
from infra.paths import REPOSITORY
from schemas.content_hash import content_hash
from schemas.ecg import Ecg, Lead
from schemas.ids import ecg_key
from schemas.positions import position_of
from schemas.segments import split
from schemas.times import format_rfc3339
from schemas.topics import UPLOADED
from schemas.uploaded import Provenance, Uploaded, encode_uploaded
from service_kit.engines.kafka.publisher import partition_of

MINUTE = 60_000_000
# Two events of each of its leads, at least.
LONG_SAMPLES = 700_000

Sent = tuple[Provenance, Ecg]


def sent(user: User, ecg_id: str, crossings: int, *, minutes_ahead: int = 0, samples: int = 0) -> Sent:
    """An upload of so many crossings, taken by a host whose clock is so far ahead."""
    signal = np.ones(samples + crossings + 1, dtype=np.int16)
    signal[1 : crossings + 1 : 2] = -1
    if crossings % 2:
        signal[crossings + 1 :] = -1
    ecg = Ecg((Lead("II", signal),))
    now = time.time_ns() // 1000 + minutes_ahead * MINUTE
    origin = Provenance(UUID(user.id), ecg_id, content_hash(ecg), now, now, "server", ecg.number_of_samples)
    return origin, ecg


def publish(system: System, uploads: Sequence[Sent]) -> None:
    """Put them on the log in this order, as ingest APIs do."""

    async def send() -> None:
        async with AIOKafkaProducer(**access.to(system.engines.kafka), acks="all") as producer:
            waiting = []
            for origin, ecg in uploads:
                partition = partition_of(ecg_key(origin.owner_id, origin.ecg_id), UPLOADED.partitions)
                parts = split(ecg)
                for number, leads in enumerate(parts):
                    part = Uploaded(replace(origin, segment=number, segments=len(parts)), leads)
                    record = encode_uploaded(part)
                    waiting.append(
                        await producer.send(
                            UPLOADED.name, record.value, record.key, partition, headers=record.headers
                        )
                    )
            await asyncio.gather(*waiting)

    asyncio.run(send())


def get(system: System, user: User, path: str) -> dict[str, Any]:
    told: dict[str, Any] = system.http.get(f"{system.query_url}/v1/ecgs{path}", headers=user.headers).json()
    return told


def shown(system: System, user: User, ecg_id: str) -> set[str]:
    return {one["content_hash"] for one in get(system, user, f"/{ecg_id}/status").get("conflicts", ())}


def is_shown(system: System, user: User, ecg_id: str, crossings: int, others: list[str]) -> None:
    """Wherever it is told of: the answer, and beside it the others in the order of the log."""
    lists = ("", f"?received_after={format_rfc3339(time.time_ns() // 1000 - 60 * MINUTE)}")
    told = [get(system, user, f"/{ecg_id}{view}") for view in ("", "/insights", "/status")]
    told += [one for path in lists for one in get(system, user, path)["items"] if one["id"] == ecg_id]
    assert len(told) >= 5
    for one in told:
        assert (one["status"], [it["content_hash"] for it in one["conflicts"]]) == ("computed", others)
    assert [lead["value"] for lead in leads_of(told[0])] == [crossings]


def rows_of(session: Session, user: User, ecg_id: str) -> int:
    select = "SELECT count(*) FROM insights_by_ecg WHERE owner_id = %s AND ecg_id = %s AND position > 0"
    (count,) = session.execute(select, (UUID(user.id), ecg_id)).one()
    return int(count)


def repeated(system: System) -> float:
    text = system.http.get(f"{system.processor_url}/metrics").text
    lines = [line for line in text.splitlines() if 'ecg_processor_events_total{outcome="repeated"}' in line]
    return float(lines[0].split()[-1]) if lines else 0.0


def test_of_hosts_twenty_minutes_apart_the_first_in_the_log_answers(system: System) -> None:
    user = system.new_user()
    first = sent(user, "clocks", 3, minutes_ahead=20)
    second = sent(user, "clocks", 4)
    third = sent(user, "clocks", 5, minutes_ahead=-20)
    publish(system, [first, second, third])
    others = [origin.content_hash for origin, _ in (second, third)]
    until(lambda: shown(system, user, "clocks") == set(others), "the conflicts")
    is_shown(system, user, "clocks", 3, others)


def test_what_is_put_back_is_accepted_as_early_as_it_was(system: System) -> None:
    user = system.new_user()
    first, second = sent(user, "back", 3), sent(user, "back", 4)
    publish(system, [second])
    until(lambda: get(system, user, "/back/status").get("status") == "computed", "the second")
    origin, ecg = first
    publish(system, [(replace(origin, position=position_of(1, 0)), ecg)])
    until(lambda: shown(system, user, "back") == {second[0].content_hash}, "the first")
    is_shown(system, user, "back", 3, [second[0].content_hash])


class Visitor:
    """An application that asks from time to time what has arrived; each visit begins where the last one ended."""

    def __init__(self, system: System, user: User) -> None:
        self._system = system
        self._user = user
        self._last = format_rfc3339(time.time_ns() // 1000)
        self._seen: set[str] = set()

    def has_seen(self, expected: set[str]) -> bool:
        """Whether these have come, with this visit."""
        items = get(self._system, self._user, f"?received_after={self._last}")["items"]
        self._seen.update(item["id"] for item in items)
        self._last = max([self._last, *(item["received_at"] for item in items)])
        return expected <= self._seen


def test_nothing_that_a_slow_host_takes_is_missed(system: System) -> None:
    user = system.new_user()
    visitor, expected = Visitor(system, user), set[str]()
    for number, minutes in enumerate([20, 0, -20, 20, -20]):
        publish(system, [sent(user, f"ecg-{number}", 3, minutes_ahead=minutes)])
        expected.add(f"ecg-{number}")
        until(lambda: visitor.has_seen(expected), "a visit that finds it")


def test_nothing_that_a_slow_processor_stores_is_missed(system: System, tmp_path: Path) -> None:
    user = system.new_user()
    visitor, expected = Visitor(system, user), {f"waited-{number}" for number in range(5)}
    clock = Clock(tmp_path / "clock")
    clock.set(-20 * 60)
    system.stop("stream_processor")
    try:
        # What waited is in its first batches, before it has heard of any other clock.
        publish(system, [sent(user, ecg_id, 3) for ecg_id in sorted(expected)])
        with processing(system, clock, tmp_path / "processor.log"):
            for number in range(3):
                publish(system, [sent(user, f"ecg-{number}", 3)])
                expected.add(f"ecg-{number}")
                until(lambda: visitor.has_seen(expected), "a visit that finds it")
                # The worker goes on by the clock that it has heard.
                clock.set(-40 * 60)
    finally:
        system.start("stream_processor")


@contextmanager
def processing(system: System, clock: Clock, log: Path) -> Iterator[None]:
    """A processor by this clock, in the place of the system's own; killed at the end."""
    base = {name: value for name, value in os.environ.items() if not name.startswith("ECG_")}
    own = {"ECG_PROCESSOR_PORT": str(any_free()), "ECG_PROCESSOR_INSTANCE_ID": "slow"}
    with log.open("wb") as out:
        process = subprocess.Popen(
            clock.command("stream_processor"),
            cwd=REPOSITORY,
            env=base | system.engines.told(PROCESSOR) | own,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )
        try:
            yield
        finally:
            process.kill()
            process.wait()


@pytest.mark.parametrize("samples", [0, LONG_SAMPLES], ids=["one event", "segments"])
def test_retries_leave_no_row_and_hide_no_conflict_across_kills(system: System, samples: int) -> None:
    user = system.new_user()
    ecg_id = f"stormy-{samples}"
    answer, first, second = (sent(user, ecg_id, crossings, samples=samples) for crossings in (3, 4, 5))
    many = 201 if samples == 0 else 21
    before = repeated(system)
    publish(system, [answer] * (1 + many))
    until(lambda: get(system, user, f"/{ecg_id}/status").get("status") == "computed", "the answer")
    publish(system, [first])
    until(lambda: shown(system, user, ecg_id) == {first[0].content_hash}, "the conflict")
    with cassandra(system.engines) as cluster:
        session = cluster.connect("ecg")
        assert rows_of(session, user, ecg_id) == 2
        assert repeated(system) >= before + many

        # It is killed in the midst of a storm, and knows nothing afterwards.
        publish(system, [answer, first] * many)
        system.back("stream_processor", system.kill("stream_processor"))
        publish(system, [answer, first] * 21)
        publish(system, [second])
        others = [origin.content_hash for origin, _ in (first, second)]
        until(lambda: shown(system, user, ecg_id) == set(others), "the other conflict")
        is_shown(system, user, ecg_id, 3, others)
        assert rows_of(session, user, ecg_id) <= 7
