"""What becomes of an upload event, from its bytes to rows and publications."""

import dataclasses
import json
from uuid import UUID

import numpy as np
import pytest

from schemas.cloudevents import Record
from schemas.dead_letters import decode_dead_letter
from schemas.ecg import Ecg, Lead
from schemas.ids import ecg_key
from schemas.insights import decode_insight
from schemas.positions import NO_POSITION, position_of
from schemas.segments import split
from schemas.stored import PARTIAL, REJECTED, WHOLE
from schemas.topics import DEAD_LETTERS, INSIGHTS, UPLOADED
from schemas.uploaded import Provenance, Uploaded, encode_uploaded
from service_kit.engines.cassandra.database import Bound
from service_kit.engines.kafka.publisher import partition_of
from stream_processor import ecg_rows
from stream_processor.insights import INSIGHTS as REGISTRY
from stream_processor.insights.insight import Insight
from stream_processor.insights.zero_crossings import ZeroCrossings
from stream_processor.measuring import measure
from stream_processor.outcomes import Outcome, Received, completed, outcome_of

OWNER = UUID("8d2c8fb2-6f3f-4c5c-8a53-2f4a1b6f0c11")
ONE = (ZeroCrossings(),)
NOW = 1_800_000_000_000_000
INCARNATION = 2
# Of the events here, which are at offset 41.
PLACE = position_of(INCARNATION, 41)
LEADS = (
    Lead("I", np.array([1, -1, 1], dtype=np.int16)),
    Lead("V5", np.array([1030, 1000], dtype=np.int16), baseline=1024),
)


def provenance(**changes: object) -> Provenance:
    base = Provenance(
        owner_id=OWNER,
        ecg_id="ecg-17",
        content_hash="ab" * 32,
        accepted_at=1_795_422_600_000_000,
        date=1_795_422_000_000_000,
        date_source="client",
        number_of_samples=5,
    )
    return dataclasses.replace(base, **changes)  # type: ignore[arg-type]


def received(record: Record, **changes: object) -> Received:
    base = Received(UPLOADED.name, 3, 41, record.key, record.value, record.headers)
    return dataclasses.replace(base, **changes)  # type: ignore[arg-type]


def finish(event: Received) -> Outcome:
    return outcome_of(event, ONE, incarnation=INCARNATION, now=NOW)


def table(statement: Bound) -> str:
    return statement[0].cql.split()[2]


def test_a_good_event_is_stored_listed_and_published() -> None:
    outcome = finish(received(encode_uploaded(Uploaded(provenance(), LEADS))))
    assert [table(statement) for statement in outcome.statements] == [
        "insights_by_ecg",
        "ecgs_by_owner",
    ]
    assert (outcome.origin, outcome.listed) == (provenance(position=PLACE), True)
    assert outcome.poison is None
    (publication,) = outcome.publications
    assert publication.topic == INSIGHTS.name
    assert publication.partition == partition_of(ecg_key(OWNER, "ecg-17"), INSIGHTS.partitions)
    event = decode_insight(publication.record.value or b"")
    assert [(lead.name, lead.value, lead.baseline) for lead in event.insight.leads] == [
        ("I", 2, 0),
        ("V5", 1, 1024),
    ]
    # Row and event carry the same answer.
    assert (
        json.loads(str(outcome.statements[0][1][13]))
        == json.loads(publication.record.value or b"")["insight"]
    )


def test_a_replay_has_the_same_outcome_whatever_the_time() -> None:
    event = received(encode_uploaded(Uploaded(provenance(), LEADS)))
    assert finish(event) == outcome_of(event, ONE, incarnation=INCARNATION, now=NOW + 1)


def test_every_write_is_ordered_and_stamped_by_the_place_in_the_log() -> None:
    outcome = finish(received(encode_uploaded(Uploaded(provenance(), LEADS))))
    origin = outcome.origin
    assert origin is not None
    statements = [*outcome.statements, ecg_rows.arrival(origin, NOW), ecg_rows.month(origin)]
    assert all("USING TIMESTAMP ?" in statement.cql for statement, _ in statements)
    assert {parameters[-1] for _, parameters in statements} == {PLACE}
    assert statements[0][1][2] == PLACE


def test_what_was_put_back_stands_where_it_first_did() -> None:
    put_back = encode_uploaded(Uploaded(provenance(position=7), LEADS))
    for event in (received(put_back), received(put_back, value=b"not arrow")):
        outcome = finish(event)
        assert outcome.origin is not None
        assert (outcome.origin.position, outcome.statements[0][1][2]) == (7, 7)


def test_a_content_that_is_answered_already_leaves_nothing() -> None:
    event = received(encode_uploaded(Uploaded(provenance(), LEADS)))
    outcome = outcome_of(event, ONE, incarnation=INCARNATION, now=NOW, is_repeated=lambda _: True)
    assert (outcome.repeated, outcome.statements, outcome.publications, outcome.listed) == (
        True,
        [],
        [],
        False,
    )


def test_poison_is_poison_also_where_its_content_is_answered() -> None:
    event = received(encode_uploaded(Uploaded(provenance(), LEADS)), value=b"not arrow")
    outcome = outcome_of(event, ONE, incarnation=INCARNATION, now=NOW, is_repeated=lambda _: True)
    assert outcome.poison is not None


def test_segments_contribute_parts_and_join_to_the_whole() -> None:
    signal = np.random.default_rng(7).integers(-40_000, 40_000, 700_000, dtype=np.int32)
    whole = Ecg((Lead("I", signal), Lead("II", signal[:300_000])))
    segments = split(whole)
    assert len(segments) > 2
    contributions: list[str] = []
    last: Uploaded | None = None
    for number, leads in enumerate(segments):
        origin = provenance(segment=number, segments=len(segments), number_of_samples=whole.number_of_samples)
        outcome = finish(received(encode_uploaded(Uploaded(origin, leads))))
        (part,) = outcome.statements
        assert part[1][6] == number
        # All who send the same content share its parts, each stamped with where it was sent last.
        assert (part[1][2], part[1][-1]) == (NO_POSITION, PLACE)
        assert part[1][8] == PARTIAL
        assert not outcome.publications
        assert not outcome.listed
        last = outcome.segment_of
        contributions.append(str(part[1][13]))
    assert last is not None
    (insight,) = ONE
    outcome = completed(last.provenance, len(last.leads), [(insight, contributions)])
    (publication,) = outcome.publications
    assert decode_insight(publication.record.value or b"").insight == measure(insight, whole.leads)
    assert outcome.statements[0][1][6] == WHOLE


@pytest.mark.parametrize(
    "value",
    [None, b"", b"not arrow", b"\xff" * 100, encode_uploaded(Uploaded(provenance(), LEADS)).value[:200]],  # type: ignore[index]
)
def test_poison_of_a_known_owner_is_a_dead_letter_and_a_rejection(value: bytes | None) -> None:
    event = received(encode_uploaded(Uploaded(provenance(), LEADS)), value=value)
    outcome = finish(event)
    (publication,) = outcome.publications
    assert publication.topic == DEAD_LETTERS.name
    letter = decode_dead_letter(publication.record.key, publication.record.value, publication.record.headers)
    assert (letter.value, letter.headers) == (value, event.headers)
    assert (letter.topic, letter.partition, letter.offset, letter.time) == (UPLOADED.name, 3, 41, NOW)
    assert letter.reason == outcome.poison
    (rejection,) = outcome.statements
    assert table(rejection) == "insights_by_ecg"
    assert rejection[1][8] == REJECTED
    assert rejection[1][14] == outcome.poison
    assert (rejection[1][2], letter.position) == (PLACE, PLACE)


def test_poison_that_names_nobody_is_a_dead_letter_alone() -> None:
    outcome = finish(Received(UPLOADED.name, 0, 0, None, None, []))
    assert not outcome.statements
    (publication,) = outcome.publications
    # Kafka's client takes no record without both key and value.
    assert publication.record.value == b""


def test_an_event_under_a_foreign_key_is_rejected_for_nobody() -> None:
    record = encode_uploaded(Uploaded(provenance(), LEADS))
    outcome = finish(received(record, key=ecg_key(UUID(int=1), "ecg-17")))
    assert outcome.poison is not None
    assert not outcome.statements


def test_months_and_weeks_are_those_of_the_date_and_of_the_arrival() -> None:
    old = provenance(date=-2_208_988_800_000_000)
    assert ecg_rows.listing(old, 1)[1][1] == "1900-01"
    assert ecg_rows.arrival(old, 1_798_761_600_000_000)[1][1] == "2026-W53"


def test_the_registry_names_each_insight_once() -> None:
    def identity(insight: Insight[object]) -> tuple[str, int]:  # type: ignore[type-var]
        return insight.name, insight.version

    assert len({identity(insight) for insight in REGISTRY}) == len(REGISTRY)
