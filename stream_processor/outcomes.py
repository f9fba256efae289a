"""From the bytes of an upload event to the rows and events that follow from it. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from schemas.cloudevents import Headers, Record, UndecodableEventError
from schemas.dead_letters import DeadLetter, encode_dead_letter
from schemas.ids import ecg_key
from schemas.insights import encode_insight
from schemas.positions import position_of
from schemas.topics import DEAD_LETTERS, INSIGHTS
from schemas.uploaded import Provenance, Uploaded, decode_provenance, decode_uploaded, first_position
from service_kit.engines.cassandra.database import Bound
from service_kit.engines.kafka.publisher import partition_of
from stream_processor import ecg_rows, measuring
from stream_processor.insights.insight import Insight


@dataclass(frozen=True, slots=True)
class Received:
    """A record of the upload topic as Kafka gave it. `time_ms`: of Kafka or of who wrote it, ms since the epoch."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers
    time_ms: int = 0


@dataclass(frozen=True, slots=True)
class Publication:
    """A record and where it goes."""

    topic: str
    partition: int
    record: Record


@dataclass(frozen=True, slots=True)
class Outcome:
    """What must be durable before the event may be acknowledged, in this order: statements, then
    publications.

    `origin`: what is known of the upload. `listed`: it enters its owner's lists. `segment_of`: set when the
    event is one segment of many, so that its recording may now be complete. `repeated`: its content is answered, and
    nothing follows from it. `poison`: why the event can never succeed.
    """

    statements: list[Bound] = field(default_factory=list)
    publications: list[Publication] = field(default_factory=list)
    origin: Provenance | None = None
    listed: bool = False
    segment_of: Uploaded | None = None
    repeated: bool = False
    poison: str | None = None


def outcome_of(
    received: Received,
    insights: Sequence[Insight[Any]],
    *,
    incarnation: int,
    now: int,
    is_repeated: Callable[[Provenance], bool] = lambda _: False,
) -> Outcome:
    """Decode, measure, and say what follows. `incarnation`: of the log that the event came from. `now`, in µs since the
    epoch, is the time of a dead letter. `is_repeated`: whether an upload's content is answered already.

    An event that can never succeed has an outcome too: its dead letter. Raises only where our own code fails.
    """
    position = position_of(incarnation, received.offset)
    try:
        event = decode_uploaded(received.value, received.headers, position)
    except UndecodableEventError as error:
        return _dead(received, position, str(error), now)
    origin = event.provenance
    if received.key != ecg_key(origin.owner_id, origin.ecg_id):
        return _dead(received, position, "the record's key is not that of its owner and ECG", now)
    if is_repeated(origin):
        return Outcome(origin=origin, repeated=True)
    if origin.segments > 1:
        return _segment(event, insights)
    outcome = Outcome(origin=origin, listed=True)
    for insight in insights:
        _answer(outcome, origin, measuring.measure(insight, event.leads))
    outcome.statements.extend([ecg_rows.listing(origin, len(event.leads)), *ecg_rows.sent(origin)])
    return outcome


def completed(whole: Provenance, leads: int, parts: Sequence[tuple[Insight[Any], Sequence[str]]]) -> Outcome:
    """What follows when a recording's segments are all in: of each insight its contributions, in order of
    time. `leads`: how many there are."""
    outcome = Outcome(origin=whole, listed=True)
    for insight, contributions in parts:
        _answer(outcome, whole, measuring.merge_parts(insight, contributions))
    outcome.statements.extend([ecg_rows.listing(whole, leads), *ecg_rows.sent(whole)])
    return outcome


def _segment(event: Uploaded, insights: Sequence[Insight[Any]]) -> Outcome:
    statements = [
        ecg_rows.part(
            event.provenance,
            insight.name,
            insight.version,
            measuring.measure_part(insight, event.leads).decode(),
        )
        for insight in insights
    ]
    return Outcome(statements=statements, origin=event.provenance, segment_of=event)


def _answer(outcome: Outcome, origin: Provenance, result: Any) -> None:
    outcome.statements.append(ecg_rows.answer(origin, result, msgspec.json.encode(result).decode()))
    partition = partition_of(ecg_key(origin.owner_id, origin.ecg_id), INSIGHTS.partitions)
    outcome.publications.append(Publication(INSIGHTS.name, partition, encode_insight(origin, result)))


def _dead(received: Received, position: int, reason: str, now: int) -> Outcome:
    letter = DeadLetter(
        key=received.key,
        value=received.value,
        headers=list(received.headers),
        reason=reason,
        topic=received.topic,
        partition=received.partition,
        offset=received.offset,
        time=now,
        position=first_position(received.headers, position),
    )
    # Kafka's client takes no record without both key and value; an empty value then stands for none.
    value = b"" if letter.key is None and letter.value is None else letter.value
    record = Record(letter.key, value, encode_dead_letter(letter))
    # The original's partition: both topics are partitioned alike, and a replay finds its neighbours in order.
    partition = received.partition % DEAD_LETTERS.partitions
    origin = _claimed_origin(received, position)
    told = [] if origin is None else [ecg_rows.rejection(origin, reason), *ecg_rows.sent(origin, reason)]
    return Outcome(
        statements=told,
        publications=[Publication(DEAD_LETTERS.name, partition, record)],
        origin=origin,
        poison=reason,
    )


def _claimed_origin(received: Received, position: int) -> Provenance | None:
    """Whose a poisonous event is, where its headers say so and its key agrees."""
    try:
        origin = decode_provenance(received.headers, position)
    except UndecodableEventError:
        return None
    return origin if received.key == ecg_key(origin.owner_id, origin.ecg_id) else None
