"""``ecg.insights.v1``: the answer of one insight for one recording, as JSON.

The same answer written again is the same event, id and all: consumers dedupe by ``ce_id``, the topic by its key.
"""

from typing import Annotated
from uuid import UUID

import msgspec

from schemas.cloudevents import TRACEPARENT, Record, UndecodableEventError, event_id, headers
from schemas.ecg import Baseline
from schemas.ids import ECG_ID_PATTERN
from schemas.times import format_rfc3339
from schemas.uploaded import DateSource, Provenance

EVENT_TYPE = "ecg.insights.v1"
SOURCE = "/stream_processor"
CONTENT_TYPE = "application/json"

ONE_SIDED_SIGNAL = "one_sided_signal"
MISSING_SAMPLES = "missing_samples"
POSSIBLE_MISSING_SAMPLES = "possible_missing_samples"


# What the schemas say of these texts. We write them, so nothing is checked when they are read.
_Instant = Annotated[str, msgspec.Meta(extra_json_schema={"format": "date-time"})]
_EcgId = Annotated[str, msgspec.Meta(extra_json_schema={"pattern": f"^{ECG_ID_PATTERN}$"})]
_Hash = Annotated[str, msgspec.Meta(extra_json_schema={"pattern": "^[0-9a-f]{64}$"})]


class LeadResult(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """An insight's value for one lead. `baseline`: the ADC value that was subtracted, an integer where it is whole.

    `number_of_samples`: with those that are missing; `missing`: how many are, left out where none is.
    """

    name: str
    number_of_samples: Annotated[int, msgspec.Meta(ge=0)]
    baseline: Baseline
    value: int
    warnings: list[str]
    missing: Annotated[int, msgspec.Meta(ge=0)] = 0


class InsightResult(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An insight of a whole recording, as the query API gives it and the event carries it."""

    name: str
    version: Annotated[int, msgspec.Meta(ge=1)]
    leads: list[LeadResult]


class InsightEvent(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The value of an insight event. Instants are RFC 3339 in UTC; `sampling_frequency` is in Hz.

    `device_id`: of the device that sent it; left out where its owner did.
    """

    owner_id: UUID
    ecg_id: _EcgId
    content_hash: _Hash
    accepted_at: _Instant
    date: _Instant
    date_source: DateSource
    insight: InsightResult
    sampling_frequency: float | None = None
    device_id: UUID | None = None


_decoder = msgspec.json.Decoder(InsightEvent)
_encoder = msgspec.json.Encoder()


def insight_key(owner_id: UUID, ecg_id: str, content_hash: str, name: str, version: int) -> bytes:
    """Record key of an insight event: compaction keeps the last of each."""
    return f"{owner_id}/{ecg_id}/{content_hash}/{name}/{version}".encode()


def encode_insight(origin: Provenance, result: InsightResult) -> Record:
    """The insight event of a recording as a Kafka record."""
    identity = (origin.owner_id, origin.ecg_id, origin.content_hash, result.name, result.version)
    value = _encoder.encode(
        InsightEvent(
            owner_id=origin.owner_id,
            ecg_id=origin.ecg_id,
            content_hash=origin.content_hash,
            accepted_at=format_rfc3339(origin.accepted_at),
            date=format_rfc3339(origin.date),
            date_source=origin.date_source,
            sampling_frequency=origin.sampling_frequency,
            device_id=origin.device_id,
            insight=result,
        )
    )
    rendered = headers(
        event_type=EVENT_TYPE,
        source=SOURCE,
        id=event_id(EVENT_TYPE, *identity),
        # Of the acceptance, not of the counting: a replay must write the same event.
        time=origin.accepted_at,
        content_type=CONTENT_TYPE,
        extensions={"ownerid": origin.owner_id, "ecgid": origin.ecg_id, "insight": result.name},
    )
    if origin.traceparent is not None:
        rendered.append((TRACEPARENT, origin.traceparent.encode()))
    return Record(insight_key(*identity), value, rendered)


def decode_insight(value: bytes) -> InsightEvent:
    """The insight event of a Kafka record's value. Raises UndecodableEventError."""
    try:
        return _decoder.decode(value)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise UndecodableEventError("the value is not an insight event") from None
