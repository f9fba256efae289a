"""JSON Schemas of the events' headers: every value is UTF-8 text, read here as a JSON string."""

from typing import Any, get_args

from schemas import arrow, audit, identity, insights, refusals, uploaded
from schemas.cloudevents import SPEC_VERSION, TRACEPARENT
from schemas.ids import ECG_ID_PATTERN

Schema = dict[str, Any]

UUID_PATTERN = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
HASH_PATTERN = "[0-9a-f]{64}"
_INTEGER = "-?[0-9]{1,19}"
_COUNT = "[0-9]{1,19}"
_TRACEPARENT = "00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}"


def text(description: str, pattern: str | None = None, **more: object) -> Schema:
    """The schema of a header that matches `pattern` as a whole."""
    bounded = {} if pattern is None else {"pattern": f"^{pattern}$"}
    return {"type": "string", "description": description, **bounded, **more}


def _event(
    title: str, event_type: str, source: str, content_type: str, required: Schema, optional: Schema
) -> Schema:
    attributes = {
        "ce_specversion": {"type": "string", "const": SPEC_VERSION},
        "ce_type": {"type": "string", "const": event_type},
        "ce_source": {"type": "string", "const": source},
        "ce_id": text("The same when the same event is seen again: dedupe by it.", UUID_PATTERN),
        "ce_time": text("When it happened, RFC 3339 in UTC.", format="date-time"),
        "content-type": {"type": "string", "const": content_type},
        **required,
    }
    return {
        "title": title,
        "type": "object",
        "required": list(attributes),
        "properties": attributes | optional,
        "additionalProperties": False,
    }


_OWNER = text("Whose ECG it is.", UUID_PATTERN)
_ECG = text("The ECG's id, unique to its owner.", ECG_ID_PATTERN)
_TRACE = {TRACEPARENT: text("W3C trace context of the upload.", _TRACEPARENT)}

UPLOADED = _event(
    "Headers of an upload",
    uploaded.EVENT_TYPE,
    uploaded.SOURCE,
    arrow.CONTENT_TYPE,
    {
        "ce_ownerid": _OWNER,
        "ce_ecgid": _ECG,
        "ce_contenthash": text(
            "Of the whole recording's canonical content: BLAKE3, 256 bits in lower-case hex.", HASH_PATTERN
        ),
        "ce_acceptedat": text("When it was accepted, in µs since 1970-01-01T00:00:00Z.", _COUNT),
        "ce_date": text("When it was recorded, in µs since 1970-01-01T00:00:00Z.", _INTEGER),
        "ce_datesource": text(
            "Who said when: its sender, or the server by its own clock; doubtful: the sender's clock is wrong.",
            enum=list(get_args(uploaded.DateSource)),
        ),
        "ce_numberofsamples": text("Samples of all leads of the whole recording.", _COUNT),
        "ce_segment": text("Which part of the recording this is, from 0, in order of time.", _COUNT),
        "ce_segments": text("How many parts the recording came in.", _COUNT),
    },
    {
        "ce_samplingfrequency": text("Samples per second of every lead, in Hz, as a decimal number."),
        "ce_position": text(
            "Where it first stood in the order of uploads, if it died and was put back.", _COUNT
        ),
        "ce_deviceid": text("The device that sent it; absent where its owner did.", UUID_PATTERN),
        **_TRACE,
    },
)

INSIGHT = _event(
    "Headers of an insight",
    insights.EVENT_TYPE,
    insights.SOURCE,
    insights.CONTENT_TYPE,
    {
        "ce_ownerid": _OWNER,
        "ce_ecgid": _ECG,
        "ce_insight": text("The insight's name, to choose by without opening the value."),
    },
    _TRACE,
)

REFUSALS = _event(
    "Headers of refusals",
    refusals.EVENT_TYPE,
    refusals.SOURCE,
    refusals.CONTENT_TYPE,
    {
        "ce_ownerid": text("Whose device it is.", UUID_PATTERN),
        "ce_deviceid": text("The device that sent what was refused.", UUID_PATTERN),
    },
    {},
)

IDENTITY = _event(
    "Headers of an identity record",
    identity.EVENT_TYPE,
    identity.SOURCE,
    identity.CONTENT_TYPE,
    {},
    {
        "ce_keyfolder": text(
            "The folder of keys that whoever wrote it goes by: one for all copies of query_api."
        ),
        identity.ROOT_SIGNATURE: text(
            "The Ed25519 signature of the root of trust, base64url.", "[A-Za-z0-9_-]{86}"
        ),
    },
)

AUDIT = _event(
    "Headers of an audit block",
    audit.EVENT_TYPE,
    audit.SOURCE,
    audit.CONTENT_TYPE,
    {
        "ce_chain": text("The chain: of one process, from its start to its end.", UUID_PATTERN),
        "ce_sequence": text("The block's number in its chain, from 0.", _COUNT),
        "ce_hash": text(
            "SHA-256 of the value, in lower-case hex: `previous` of the next block.", HASH_PATTERN
        ),
        "ce_seal": text(
            "Ed25519 signature of `ecg.audit.v1`, a line feed and the hash, in lower-case hex.",
            "[0-9a-f]{128}",
        ),
        "ce_sealkey": text("The public key of the seal, in lower-case hex.", HASH_PATTERN),
    },
    {},
)

_DEATH = {
    "dl_reason": text("Why it can never succeed, in a sentence that holds no sample."),
    "dl_topic": text("The topic it was on."),
    "dl_partition": text("Its partition there.", "[0-9]{1,10}"),
    "dl_offset": text("Its offset there.", _COUNT),
    "dl_time": text("When it was given up, in µs since 1970-01-01T00:00:00Z.", _COUNT),
}
DEAD_LETTER: Schema = {
    "title": "Headers of a dead letter",
    "description": "These, beside the headers of the original as they came.",
    "type": "object",
    "required": list(_DEATH),
    "properties": _DEATH
    | {
        "dl_position": text(
            "Where it first stood in the order of uploads: its place once it is put back.", _COUNT
        )
    },
    "additionalProperties": True,
}
