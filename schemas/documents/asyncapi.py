"""The AsyncAPI 3 document of the topics.

Source: https://www.asyncapi.com/docs/reference/specification/v3.0.0 and its Kafka bindings.
"""

from typing import Any

from schemas import arrow, audit, identity, insights, refusals
from schemas.cloudevents import Record
from schemas.documents import headers, samples
from schemas.documents.headers import HASH_PATTERN, UUID_PATTERN
from schemas.documents.values import IDENTITY_VALUES, arrow_value, components
from schemas.ids import ECG_ID_PATTERN
from schemas.topics import AUDIT, DEAD_LETTERS, IDENTITY, INSIGHTS, REFUSALS, UPLOADED, Topic

Document = dict[str, Any]

_VERSION = "1.0.0"
_KAFKA_BINDING = "0.5.0"
_SCHEMA_REFERENCE = "#/components/schemas/{name}"
# AsyncAPI names no format for Arrow schemas, and asks for a name of one's own where it has none.
_ARROW_FORMAT = "application/vnd.ecg.arrow-fields+json;version=1.0.0"

_ECG_KEY = f"{UUID_PATTERN}/{ECG_ID_PATTERN}"
_DESCRIPTION = """\
Delivery is at least once: an event may be seen again, always with the same `ce_id`, so a consumer that
keeps the ids it has acted on acts once. An upload that its sender repeats is accepted again under a new
`ce_id`, with the same `ce_contenthash`; the insight that follows is the same event again. Events of one ECG
share a partition of their topic and come in order. Attributes are CloudEvents 1.0 in the Kafka binding's
binary mode: headers named `ce_*`.
"""


def document() -> Document:
    """The whole document."""
    references, schemas = components(_SCHEMA_REFERENCE)
    return {
        "asyncapi": "3.0.0",
        "id": "urn:ecg:events",
        "info": {
            "title": "ECG events",
            "version": _VERSION,
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "kafka": {
                "host": "127.0.0.1:9092",
                "protocol": "kafka",
                "description": "Kafka on one machine; elsewhere what ECG_KAFKA says.",
            }
        },
        "channels": _channels(),
        "operations": _operations(),
        "components": {"messages": _messages(references), "schemas": schemas},
    }


def _channels() -> Document:
    return {
        "uploads": _channel(
            UPLOADED, "upload", summary="Accepted uploads, long ones in segments; kept 30 days."
        ),
        "insights": _channel(
            INSIGHTS, "insight", summary="What was counted of each recording; the last of each is kept."
        ),
        "deadLetters": _channel(
            DEAD_LETTERS, "deadLetter", summary="Events that can never succeed, and why; kept 30 days."
        ),
        "refusals": _channel(
            REFUSALS, "refusals", summary="What was refused to each device, in totals; kept 30 days."
        ),
        "identity": _channel(
            IDENTITY,
            *IDENTITY_VALUES,
            summary="The public keys of tokens, and what was revoked; the last of each is kept.",
        ),
        "audit": _channel(AUDIT, "auditBlock", summary="Who did and saw what, hash-chained; kept six years."),
    }


def _channel(topic: Topic, *messages: str, summary: str) -> Document:
    return {
        "address": topic.name,
        "summary": summary,
        "messages": {message: {"$ref": f"#/components/messages/{message}"} for message in messages},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "topicConfiguration": {name: _config(name, value) for name, value in topic.configs.items()},
                "bindingVersion": _KAFKA_BINDING,
            }
        },
    }


def _config(name: str, value: str) -> object:
    match name:
        case "cleanup.policy":
            return value.split(",")
        case "compression.type" | "message.timestamp.type":
            return value
        case _:
            return int(value)


def _operations() -> Document:
    return {
        "acceptUpload": _operation("send", "uploads", "ingest_api publishes what it accepts."),
        "processUpload": _operation("receive", "uploads", "stream_processor counts, stores and publishes."),
        "publishInsight": _operation("send", "insights", "stream_processor publishes what it counted."),
        "awaitInsight": _operation("receive", "insights", "query_api wakes those who wait for an insight."),
        "giveUp": _operation("send", "deadLetters", "stream_processor sets aside what can never succeed."),
        "tellRefusals": _operation("send", "refusals", "ingest_api tells what it refused to devices."),
        "keepRefusals": _operation("receive", "refusals", "query_api keeps it for the devices' owners."),
        "announceKey": _operation(
            "send", "identity", "query_api announces and withdraws signing keys, and tells what was revoked."
        ),
        "learnKeys": _operation("receive", "identity", "ingest_api reads all before it is ready."),
        "recordAudit": _operation("send", "audit", "query_api records reads and identity events."),
    }


def _operation(action: str, channel: str, summary: str) -> Document:
    return {"action": action, "channel": {"$ref": f"#/channels/{channel}"}, "summary": summary}


def _messages(references: Document) -> Document:
    upload, insight, letter = samples.upload(), samples.insight(), samples.dead_letter()
    block = samples.audit_block()
    refused = samples.refusals()
    return {
        "upload": _message(
            "An accepted upload, or one segment of it",
            headers.UPLOADED,
            {"schemaFormat": _ARROW_FORMAT, "schema": arrow_value()},
            arrow.CONTENT_TYPE,
            _ECG_KEY,
            {"headers": samples.headers(upload), "payload": samples.rows(upload)},
        ),
        "insight": _message(
            "One insight of one recording",
            headers.INSIGHT,
            references["insight"],
            insights.CONTENT_TYPE,
            rf"{_ECG_KEY}/{HASH_PATTERN}/[^/]+/[0-9]+",
            {"headers": samples.headers(insight), "payload": samples.json_value(insight)},
        ),
        "refusals": _message(
            "What one ingest API refused to one device in a week; the last of each counter and week holds",
            headers.REFUSALS,
            references["refusals"],
            refusals.CONTENT_TYPE,
            f"{UUID_PATTERN}/{UUID_PATTERN}",
            {"headers": samples.headers(refused), "payload": samples.json_value(refused)},
        ),
        "deadLetter": _message(
            "An event that can never succeed: key, value and headers of the original, and why",
            headers.DEAD_LETTER,
            {"description": "The original's value, byte for byte."},
            None,
            None,
            {"headers": samples.headers(letter)},
        ),
        "publicKey": _identity(
            "A signing key's public half, and what it signs; a record without a value withdraws it",
            references["publicKey"],
            "key/.+",
            samples.public_key(),
        ),
        "deviceRevocation": _identity(
            "A device whose tokens hold no longer",
            references["deviceRevocation"],
            f"device/{UUID_PATTERN}",
            samples.device_revocation(),
        ),
        "sessionEnd": _identity(
            "A session whose access tokens hold no longer",
            references["sessionEnd"],
            f"session/{UUID_PATTERN}",
            samples.session_end(),
        ),
        "userState": _identity(
            "Whether a user's tokens hold, and from when on they were issued",
            references["userState"],
            f"user/{UUID_PATTERN}",
            samples.user_state(),
        ),
        "auditBlock": _message(
            "What one process recorded in about a second, chained to what it recorded before",
            headers.AUDIT,
            references["audit"],
            audit.CONTENT_TYPE,
            UUID_PATTERN,
            {"headers": samples.headers(block), "payload": samples.json_value(block)},
        ),
    }


def _identity(summary: str, payload: Document, key: str, sample: Record) -> Document:
    example = {"headers": samples.headers(sample), "payload": samples.json_value(sample)}
    return _message(summary, headers.IDENTITY, payload, identity.CONTENT_TYPE, key, example)


def _message(
    summary: str,
    described: Document,
    payload: Document,
    content_type: str | None,
    key: str | None,
    example: Document,
) -> Document:
    message: Document = {"summary": summary, "headers": described, "payload": payload}
    if content_type is not None:
        message["contentType"] = content_type
    of_key = {"type": "string", "description": "As the original's."}
    if key is not None:
        of_key = {"type": "string", "pattern": f"^{key}$"}
    message["bindings"] = {"kafka": {"key": of_key, "bindingVersion": _KAFKA_BINDING}}
    message["examples"] = [example]
    return message
