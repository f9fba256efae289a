"""Every topic and every table is somebody's, and nobody is given what is not there."""

from infra.access import cassandra_rights, kafka_rights
from infra.access.accounts import ANALYST, NAMES
from infra.access.jaas import client_properties, jaas
from infra.access.signing_in import secrets_of, variables
from infra.apply.shape import shape
from infra.apply.tables import definitions
from query_api.devices import refusals
from schemas.topics import AUDIT, IDENTITY, TOPICS
from stream_processor.consuming.log_identity import GROUP

ACCOUNTS = {name: f"word-of-{name}" for name in NAMES}


def test_every_topic_is_written_by_one_and_read_by_somebody() -> None:
    for topic in TOPICS:
        of_topic = [
            right for right in kafka_rights.RIGHTS if (right.kind, right.name) == ("topic", topic.name)
        ]
        assert len([right for right in of_topic if right.operation == "write"]) == 1, topic.name
        assert [right for right in of_topic if right.operation == "read"], topic.name
    named = {right.name for right in kafka_rights.RIGHTS if right.kind == "topic"}
    assert named == {topic.name for topic in TOPICS}


def test_the_groups_are_those_of_the_services() -> None:
    assert (kafka_rights.PROCESSOR_GROUP, kafka_rights.QUERY_GROUP) == (GROUP, refusals.GROUP)


def test_analysts_write_nothing_and_see_neither_keys_nor_who_read_what() -> None:
    own = [right for right in kafka_rights.RIGHTS if right.account == ANALYST]
    assert {right.operation for right in own} == {"read"}
    assert not {IDENTITY.name, AUDIT.name} & {right.name for right in own}


def test_every_table_is_somebodys() -> None:
    statements = [statement for definition in definitions() for statement in definition.statements]
    assert cassandra_rights.RIGHTS.keys() == shape(statements).keys()
    assert all(right for rights in cassandra_rights.RIGHTS.values() for right in rights.values())


def test_only_who_may_come_in_is_told_how() -> None:
    let_in = {name for name in NAMES if "ECG_CASSANDRA_PASSWORD" in variables(name, ACCOUNTS)}
    assert let_in == {"operator", *cassandra_rights.ACCOUNTS}


def test_nobody_is_told_the_word_of_somebody_else() -> None:
    for name in NAMES:
        words = {value for value in secrets_of(name, ACCOUNTS).values() if value in ACCOUNTS.values()}
        assert words == {ACCOUNTS[name]}
    known = {name for name, word in ACCOUNTS.items() if word in jaas(ACCOUNTS)}
    assert known == {"broker", "operator"}
    assert {name for name, word in ACCOUNTS.items() if word in client_properties(ACCOUNTS)} == {"operator"}
