"""Whoever may write to Kafka cannot change the trail unnoticed, and from the topic the tables are made again."""

import dataclasses
from pathlib import Path

import pytest
from aiokafka import ConsumerRecord
from cassandra.cluster import Cluster, Session

from harness import auditing
from harness.auditing import Records
from harness.running import Engines, until
from infra.access.accounts import QUERY
from tests.system.audit.asking import KEYSPACE, asked, comes, read, reads_on_topic, trail, verify, with_ecg


def test_a_table_that_was_lost_is_restored_from_the_topic(
    own: Engines, folder: Path, cluster: Cluster, session: Session
) -> None:
    with asked(own, folder) as query:
        user = with_ecg(query, cluster, own)
        read(query, user)
        comes(query, user, "ecg.insights.read")
        until(lambda: reads_on_topic(own, user) == 1, "the read on the topic")
        before = trail(query, user)
        for table in ("audit_trail", "audit_weeks"):
            session.execute(f"TRUNCATE {table}")
        told = own.told(QUERY) | {"ECG_CASSANDRA_KEYSPACE": KEYSPACE}
        code, said = auditing.command(told, "restore")
        assert code == 0, said
        after = trail(query, user)
        assert [one for one in after if one in before] == before


@pytest.fixture(scope="module")
def sound(own: Engines, tmp_path_factory: pytest.TempPathFactory) -> Records:
    """The topic as it is, when all is well and nobody writes."""
    with asked(own, tmp_path_factory.mktemp("sound") / "query") as query:
        for _ in range(3):
            user = query.new_user()
            until(
                lambda user=user: any(str(one.actor) == user.id for one in auditing.entries(own.kafka)),  # type: ignore[misc]
                "a block of it",
            )
    code, said = verify(own)
    assert code == 0, said
    return auditing.records(own.kafka)


def last_chain(records: Records) -> Records:
    """The records of the chain that was closed last."""
    key = max(records, key=lambda record: record.timestamp).key
    return [record for record in records if record.key == key]


def test_what_is_removed_altered_reordered_or_repeated_is_found_on_the_topic(
    own: Engines, sound: Records
) -> None:
    chain = last_chain(sound)
    assert len(chain) > 3
    changes = {
        "block 1 is missing": [one for one in sound if one is not chain[1]],
        "missing at the end, by what Cassandra knows": [one for one in sound if one not in chain[-2:]],
        "block 1 was altered": [falsified(one) if one is chain[1] else one for one in sound],
        "the whole chain is missing": [one for one in sound if one not in chain],
        "block 0 is missing at the beginning": [one for one in sound if one is not chain[0]],
        "there is another block 1": swapped(sound, chain[1], chain[2]),
    }
    for expected, records in changes.items():
        auditing.rewritten(own.kafka, lambda _, records=records: records)  # type: ignore[misc]
        code, said = verify(own)
        assert code == 1, said
        assert expected in said
        assert "BROKEN in" in said
    auditing.rewritten(own.kafka, lambda _: [*sound, chain[1]])
    code, said = verify(own)
    assert code == 0, said
    assert "block 1 comes again" in said


def falsified(record: ConsumerRecord) -> ConsumerRecord:
    """The record as somebody writes it who would have it say something else."""
    value = record.value.replace(b'"success"', b'"failure"')
    assert value != record.value
    return dataclasses.replace(record, value=value)


def swapped(records: Records, one: ConsumerRecord, other: ConsumerRecord) -> Records:
    """The records with these two in each other's place."""
    places = {id(one): other, id(other): one}
    return [places.get(id(record), record) for record in records]
