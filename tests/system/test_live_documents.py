"""What is on the topics of a running system is what the committed documents say."""

import asyncio
import json
from pathlib import Path
from typing import Any

import jsonschema
import pyarrow as pa
import pytest
from aiokafka import AIOKafkaProducer, ConsumerRecord
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

import schemas.documents
from harness import access
from harness.running import System, User, until
from harness.topics import read_topic
from schemas.arrow import SCHEMAS
from schemas.topics import DEAD_LETTERS, IDENTITY, INSIGHTS, TOPICS, UPLOADED

FOLDER = Path(schemas.documents.__file__).parent
ASYNCAPI = json.loads((FOLDER / "asyncapi.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def user(system: System) -> User:
    """Somebody with one ECG that was computed and one event that never will be."""
    user = system.new_user()
    ecg = {"id": "described", "leads": [{"name": "I", "signal": [1, -70_000]}, {"name": "II", "signal": []}]}
    answer = system.http.post(f"{system.ingest_url}/v1/ecgs", json=ecg, headers=user.headers)
    assert answer.status_code == 202
    (upload,) = _of(system, UPLOADED.name, user)
    asyncio.run(_publish_again_with_a_rule_broken(system.engines.kafka, upload))
    until(lambda: bool(_of(system, INSIGHTS.name, user)), "the insight on its topic")
    until(lambda: bool(_of(system, DEAD_LETTERS.name, user)), "the dead letter on its topic")
    return user


async def _publish_again_with_a_rule_broken(kafka: str, upload: ConsumerRecord) -> None:
    headers = [(name, b"guess" if name == "ce_datesource" else value) for name, value in upload.headers]
    async with AIOKafkaProducer(**access.to(kafka)) as producer:
        await producer.send_and_wait(UPLOADED.name, upload.value, upload.key, headers=headers)


def _of(system: System, topic: str, user: User) -> list[ConsumerRecord]:
    return read_topic(
        system.engines.kafka, topic, lambda record: (record.key or b"").startswith(user.id.encode())
    )


def _validate(record: ConsumerRecord) -> None:
    """Headers, key and, where it is JSON, the value, against the committed schemas."""
    _against(f"{record.topic}.headers.schema.json", {name: value.decode() for name, value in record.headers})
    value = FOLDER / f"{record.topic}.value.schema.json"
    if value.exists():
        _against(value.name, json.loads(record.value))
    channel = next(one for one in ASYNCAPI["channels"].values() if one["address"] == record.topic)
    messages = [ASYNCAPI["components"]["messages"][message] for message in channel["messages"]]
    keys = [message["bindings"]["kafka"]["key"] for message in messages]
    jsonschema.validate(record.key.decode(), {"anyOf": keys})


def _against(name: str, instance: Any) -> None:
    jsonschema.validate(instance, json.loads((FOLDER / name).read_text(encoding="utf-8")))


def test_an_upload_is_as_described(system: System, user: User) -> None:
    upload, broken = _of(system, UPLOADED.name, user)
    _validate(upload)
    with pytest.raises(jsonschema.ValidationError):
        _validate(broken)
    assert pa.ipc.open_stream(upload.value).schema.equals(SCHEMAS[1])


def test_an_insight_is_as_described(system: System, user: User) -> None:
    (insight,) = _of(system, INSIGHTS.name, user)
    _validate(insight)


def test_a_dead_letter_is_as_described(system: System, user: User) -> None:
    (letter,) = _of(system, DEAD_LETTERS.name, user)
    _validate(letter)


def test_keys_are_as_described(system: System) -> None:
    keys = read_topic(system.engines.kafka, IDENTITY.name, lambda _: True)
    assert keys
    for key in keys:
        _validate(key)


def test_topics_are_as_described(system: System) -> None:
    async def found() -> tuple[dict[str, int], dict[str, dict[str, str]]]:
        admin = AIOKafkaAdminClient(**access.to(system.engines.kafka))
        await admin.start()
        try:
            names = [topic.name for topic in TOPICS]
            told = await admin.describe_topics(names)
            asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
            configs = [one for answer in await admin.describe_configs(asked) for one in answer.resources]
        finally:
            await admin.close()
        partitions = {topic["topic"]: len(topic["partitions"]) for topic in told}
        return partitions, {name: {entry[0]: entry[1] for entry in entries} for *_, name, entries in configs}

    partitions, configs = asyncio.run(found())
    for channel in ASYNCAPI["channels"].values():
        described = channel["bindings"]["kafka"]
        assert partitions[channel["address"]] == described["partitions"]
        for name, value in described["topicConfiguration"].items():
            expected = ",".join(value) if isinstance(value, list) else str(value)
            assert configs[channel["address"]][name] == expected
