"""What other systems rely on: names, partitions and keeping times of the topics."""

from schemas.topics import DEAD_LETTERS, IDENTITY, INSIGHTS, MAX_EVENT_BYTES, REFUSALS, TOPICS, UPLOADED

THIRTY_DAYS_MS = "2592000000"


def test_every_topic_is_known_by_the_name_and_partitions_it_was_made_with() -> None:
    assert {topic.name: topic.partitions for topic in TOPICS} == {
        "ecg.uploaded.v1": 16,
        "ecg.insights.v1": 16,
        "ecg.dead_letters.v1": 16,
        "ecg.identity.v1": 1,
        "ecg.audit.v1": 16,
        "ecg.refusals.v1": 1,
    }


def test_time_alone_ends_an_upload_and_nothing_an_insight() -> None:
    for topic in (UPLOADED, DEAD_LETTERS, REFUSALS):
        assert topic.configs["retention.ms"] == THIRTY_DAYS_MS
        assert topic.configs["retention.bytes"] == "-1"
    for topic in (INSIGHTS, IDENTITY):
        assert topic.configs["cleanup.policy"] == "compact"


def test_a_dead_letter_has_room_for_the_largest_event_and_why() -> None:
    assert int(DEAD_LETTERS.configs["max.message.bytes"]) > MAX_EVENT_BYTES


def test_no_senders_clock_decides_when_a_record_was_written() -> None:
    assert {topic.configs["message.timestamp.type"] for topic in TOPICS} == {"LogAppendTime"}
