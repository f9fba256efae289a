"""The committed documents say what the code does, and what the code writes is what they describe."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given

import schemas.documents
from schemas.cloudevents import Record
from schemas.documents import headers, samples
from schemas.documents.__main__ import main, outdated, rendered, write
from schemas.documents.standalone import standalone_schemas
from schemas.identity import decode_identity
from schemas.insights import InsightResult, encode_insight
from schemas.topics import TOPICS
from schemas.uploaded import Provenance, Uploaded, encode_uploaded
from tests.unit.schemas.strategies import lead, provenances
from tests.unit.schemas.test_insights import RESULTS

FOLDER = Path(schemas.documents.__file__).parent
ASYNCAPI: dict[str, Any] = json.loads(rendered()["asyncapi.json"])
SCHEMAS = standalone_schemas()
IDENTITY = [
    samples.public_key(),
    samples.device_revocation(),
    samples.session_end(),
    samples.user_state(),
]
LEADS = (lead("I", 1, -1),)


def validate(instance: object, schema: dict[str, Any]) -> None:
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    jsonschema.Draft202012Validator(schema, format_checker=checker).validate(instance)


def test_the_committed_documents_are_those_of_this_code() -> None:
    assert outdated(FOLDER) == [], "run python -m schemas.documents"


def test_the_check_fails_on_drift_and_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path)
    monkeypatch.setattr("sys.argv", ["documents", "--check"])
    monkeypatch.setattr("schemas.documents.__main__._FOLDER", tmp_path)
    assert main() == 0
    (tmp_path / "asyncapi.json").unlink()
    assert main() == 1
    assert "asyncapi.json" in capsys.readouterr().err
    monkeypatch.setattr("sys.argv", ["documents"])
    assert main() == 0
    assert outdated(tmp_path) == []


def test_a_document_that_drifts_is_found_and_mended(tmp_path: Path) -> None:
    write(tmp_path)
    assert outdated(tmp_path) == []
    (tmp_path / "asyncapi.json").write_text("{}")
    (tmp_path / "no-longer.json").write_text("{}")
    assert outdated(tmp_path) == ["asyncapi.json", "no-longer.json"]
    write(tmp_path)
    assert outdated(tmp_path) == []


@pytest.mark.parametrize("name", [name for name in SCHEMAS if name.endswith(".schema.json")])
def test_every_schema_is_one(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[name])


@given(provenances())
def test_every_upload_has_the_headers_that_are_described(origin: Provenance) -> None:
    validate(samples.headers(encode_uploaded(Uploaded(origin, LEADS))), headers.UPLOADED)


@given(provenances(), RESULTS)
def test_every_insight_is_as_described(origin: Provenance, result: InsightResult) -> None:
    record = encode_insight(origin, result)
    validate(samples.headers(record), headers.INSIGHT)
    validate(samples.json_value(record), SCHEMAS["ecg.insights.v1.value.schema.json"])


@pytest.mark.parametrize("record", IDENTITY)
def test_every_identity_record_is_as_described(record: Record) -> None:
    validate(samples.headers(record), headers.IDENTITY)
    validate(samples.json_value(record), SCHEMAS["ecg.identity.v1.value.schema.json"])


def test_an_audit_block_is_as_described() -> None:
    record = samples.audit_block()
    validate(samples.headers(record), headers.AUDIT)
    validate(samples.json_value(record), SCHEMAS["ecg.audit.v1.value.schema.json"])


def test_what_was_refused_is_as_described() -> None:
    validate(samples.headers(samples.refusals()), headers.REFUSALS)
    validate(samples.json_value(samples.refusals()), SCHEMAS["ecg.refusals.v1.value.schema.json"])


def test_a_dead_letter_has_the_headers_that_are_described() -> None:
    validate(samples.headers(samples.dead_letter()), headers.DEAD_LETTER)


@pytest.mark.parametrize(
    ("sample", "schema"),
    [
        (samples.upload(), headers.UPLOADED),
        (samples.insight(), headers.INSIGHT),
        (samples.public_key(), headers.IDENTITY),
        (samples.dead_letter(), headers.DEAD_LETTER),
        (samples.audit_block(), headers.AUDIT),
        (samples.refusals(), headers.REFUSALS),
    ],
    ids=["upload", "insight", "key", "dead letter", "audit block", "refusals"],
)
def test_a_header_that_is_missing_is_not_as_described(sample: Record, schema: dict[str, Any]) -> None:
    for name in schema["required"]:
        kept = samples.headers(sample)
        del kept[name]
        with pytest.raises(jsonschema.ValidationError):
            validate(kept, schema)


@pytest.mark.parametrize("record", IDENTITY)
def test_every_identity_record_can_be_read(record: Record) -> None:
    assert decode_identity(record.key, record.value) is not None


def test_every_reference_leads_somewhere() -> None:
    def walk(node: object) -> None:
        if isinstance(node, dict):
            if "$ref" in node:
                target: Any = ASYNCAPI
                for step in node["$ref"].removeprefix("#/").split("/"):
                    target = target[step]
            for child in node.values():
                walk(child)
        elif isinstance(node, list):
            for child in node:
                walk(child)

    walk(ASYNCAPI)


def test_every_topic_has_its_channel_with_partitions_and_keeping_time() -> None:
    told = {channel["address"]: channel["bindings"]["kafka"] for channel in ASYNCAPI["channels"].values()}
    assert told.keys() == {topic.name for topic in TOPICS}
    for topic in TOPICS:
        assert told[topic.name]["partitions"] == topic.partitions
        assert told[topic.name]["topicConfiguration"].keys() == topic.configs.keys()


def test_every_key_and_example_is_as_its_message_says() -> None:
    messages = ASYNCAPI["components"]["messages"]
    records = {
        "upload": samples.upload(),
        "insight": samples.insight(),
        "publicKey": samples.public_key(),
        "deviceRevocation": samples.device_revocation(),
        "sessionEnd": samples.session_end(),
        "userState": samples.user_state(),
        "auditBlock": samples.audit_block(),
        "refusals": samples.refusals(),
    }
    for name, record in records.items():
        validate((record.key or b"").decode(), messages[name]["bindings"]["kafka"]["key"])
    for message in messages.values():
        validate(message["examples"][0]["headers"], message["headers"])
