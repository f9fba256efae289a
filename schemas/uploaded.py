"""``ecg.uploaded.v1``: an accepted upload, or one segment of a long one.

What was recorded is the value (see `schemas.arrow`); whose it is, when it came and which part of the whole it is
are headers, so that a consumer can choose without opening the value.
"""

from dataclasses import dataclass
from typing import Literal, cast, get_args
from uuid import UUID

from schemas import arrow
from schemas.cloudevents import (
    TRACEPARENT,
    Attributes,
    Headers,
    Record,
    UndecodableEventError,
    event_id,
    headers,
)
from schemas.ecg import Lead
from schemas.ids import ecg_key, is_ecg_id
from schemas.positions import NO_POSITION
from schemas.times import INSTANTS_MICROS
from schemas.topics import MAX_EVENT_BYTES

EVENT_TYPE = "ecg.uploaded.v1"
SOURCE = "/ingest_api"
# On an event that was put back: where it first stood, so that its order is still that of its acceptance.
_POSITION = "position"
POSITION_HEADER = f"ce_{_POSITION}"
_POSITIONS_END = 2**63

# The topic's limit less the key, the headers and the record's framing.
MAX_VALUE_BYTES = MAX_EVENT_BYTES - 8_192

# Of a date that was given and cannot be right, by the clock of its acceptance: doubtful.
DateSource = Literal["client", "server", "doubtful"]


@dataclass(frozen=True, slots=True)
class Provenance:
    """All that is known of an upload but its samples.

    Instants are µs since the epoch. `date`: when it was recorded, as its sender said it, by `date_source` "doubtful"
    with a clock that is wrong; by "server" the time of acceptance. `number_of_samples`: of all leads of the whole
    recording. `sampling_frequency`: Hz. `segment` counts from 0 to `segments` - 1. `position`: its place in the
    order of uploads, see `schemas.positions`; it has none before it is in the log. `device_id`: of the device that sent
    it; None where its owner did.
    """

    owner_id: UUID
    ecg_id: str
    content_hash: str
    accepted_at: int
    date: int
    date_source: DateSource
    number_of_samples: int
    sampling_frequency: float | None = None
    segment: int = 0
    segments: int = 1
    traceparent: str | None = None
    position: int = NO_POSITION
    device_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Uploaded:
    """One upload event."""

    provenance: Provenance
    leads: tuple[Lead, ...]


def encode_uploaded(event: Uploaded) -> Record:
    """The event as a Kafka record. Raises ValueError when it would be larger than a topic takes."""
    origin = event.provenance
    rendered = headers(
        event_type=EVENT_TYPE,
        source=SOURCE,
        id=event_id(
            EVENT_TYPE,
            origin.owner_id,
            origin.ecg_id,
            origin.content_hash,
            origin.accepted_at,
            origin.segment,
        ),
        time=origin.accepted_at,
        content_type=arrow.CONTENT_TYPE,
        extensions={
            "ownerid": origin.owner_id,
            "ecgid": origin.ecg_id,
            "contenthash": origin.content_hash,
            "acceptedat": origin.accepted_at,
            "date": origin.date,
            "datesource": origin.date_source,
            "numberofsamples": origin.number_of_samples,
            "samplingfrequency": origin.sampling_frequency,
            "segment": origin.segment,
            "segments": origin.segments,
            _POSITION: origin.position or None,
            "deviceid": origin.device_id,
        },
    )
    if origin.traceparent is not None:
        rendered.append((TRACEPARENT, origin.traceparent.encode()))
    value = arrow.encode_leads(event.leads)
    if len(value) > MAX_VALUE_BYTES:
        raise ValueError("the event is larger than its topic takes")
    return Record(ecg_key(origin.owner_id, origin.ecg_id), value, rendered)


def decode_provenance(received: Headers, position: int = NO_POSITION) -> Provenance:
    """What the headers of an upload event say, which is at `position` unless they say that it was put back there.

    Raises UndecodableEventError when they break a rule.
    """
    attributes = Attributes(received, event_type=EVENT_TYPE, content_type=arrow.CONTENT_TYPE)
    frequency = attributes.optional("samplingfrequency")
    first = attributes.optional(_POSITION)
    provenance = Provenance(
        owner_id=attributes.uuid("ownerid"),
        ecg_id=attributes.required("ecgid"),
        content_hash=attributes.required("contenthash"),
        accepted_at=attributes.integer("acceptedat"),
        date=attributes.integer("date"),
        date_source=cast("DateSource", attributes.required("datesource")),
        number_of_samples=attributes.integer("numberofsamples"),
        sampling_frequency=None if frequency is None else _number(frequency),
        segment=attributes.integer("segment"),
        segments=attributes.integer("segments"),
        traceparent=attributes.traceparent,
        position=position if first is None else attributes.integer(_POSITION),
        device_id=None if attributes.optional("deviceid") is None else attributes.uuid("deviceid"),
    )
    _check(provenance)
    return provenance


def first_position(received: Headers, position: int) -> int:
    """Of an event at `position`, whatever else its headers hold: where it first stood, if it was put back."""
    told = (dict(received).get(POSITION_HEADER) or b"").decode(errors="replace")
    return int(told) if told.isascii() and told.isdigit() and int(told) < _POSITIONS_END else position


def decode_uploaded(value: bytes | None, received: Headers, position: int = NO_POSITION) -> Uploaded:
    """The event of a Kafka record at `position`. Raises UndecodableEventError when there is none in it."""
    provenance = decode_provenance(received, position)
    if not value:
        raise UndecodableEventError("the value is empty")
    return Uploaded(provenance, arrow.decode_leads(value))


# Nothing was accepted before the epoch.
_ACCEPTED_MICROS = range(INSTANTS_MICROS.stop)
_HASH_HEX_DIGITS = 64
# Far above what the ingest API splits a recording into, far below what would hurt whoever counts them.
_MAX_SEGMENTS = 100_000


def _check(origin: Provenance) -> None:
    rules = (
        (is_ecg_id(origin.ecg_id), "ecgid is not an ECG id"),
        (
            len(origin.content_hash) == _HASH_HEX_DIGITS
            and set(origin.content_hash) <= set("0123456789abcdef"),
            "contenthash is not 256 bits in lower-case hex",
        ),
        (origin.accepted_at in _ACCEPTED_MICROS, "acceptedat is out of range"),
        (origin.date in INSTANTS_MICROS, "date is out of range"),
        (origin.date_source in get_args(DateSource), "datesource is neither client, server nor doubtful"),
        (origin.number_of_samples >= 0, "numberofsamples is negative"),
        (1 <= origin.segments <= _MAX_SEGMENTS, "segments is out of range"),
        (0 <= origin.segment < origin.segments, "segment is not one of segments"),
        (origin.position >= NO_POSITION, "position is negative"),
    )
    for holds, reason in rules:
        if not holds:
            raise UndecodableEventError(reason)


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise UndecodableEventError("header ce_samplingfrequency is not a number") from None
    if not 0 < number < float("inf"):
        raise UndecodableEventError("samplingfrequency is not positive")
    return number
