"""The oracle finds each way in which the promise can be broken, and nothing where it is kept."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from faults.ledger import Attempt, Sender, Upload
from faults.oracle import Place, Verdict, examine
from faults.recordings import made
from faults.stored import Row
from schemas.cloudevents import Record
from schemas.dead_letters import DeadLetter, encode_dead_letter
from schemas.ecg import Lead
from schemas.insights import InsightResult, LeadResult, encode_insight
from schemas.times import format_rfc3339
from schemas.uploaded import Provenance, Uploaded, encode_uploaded

OWNER = UUID(int=7)
ACCEPTED_AT = 1_700_000_000_000_000
HASH, OTHER_HASH = "a" * 64, "b" * 64
RECORDING = made(1, {"II": 20}, 5)
PLACE = str(OWNER), "ecg-1"
ORIGIN = Provenance(OWNER, "ecg-1", HASH, ACCEPTED_AT, ACCEPTED_AT, "server", 20)
RESULT = InsightResult("zero_crossings", 1, [LeadResult("II", 20, 0, 5, [])])


def accepted(at: int = ACCEPTED_AT) -> Attempt:
    return Attempt(0.0, 0.1, "accepted", 202, accepted_at=format_rfc3339(at), content_hash=HASH)


def record(made_by: Record) -> Any:
    return SimpleNamespace(key=made_by.key, value=made_by.value, headers=made_by.headers)


def uploaded(origin: Provenance = ORIGIN) -> Any:
    return record(encode_uploaded(Uploaded(origin, (Lead("II", np.ones(1, np.int16), None, None, None),))))


def insight(origin: Provenance = ORIGIN, result: InsightResult = RESULT) -> Any:
    return record(encode_insight(origin, result))


def row(value: int = 5, *, at: int = ACCEPTED_AT, content_hash: str = HASH) -> Row:
    lead = {"name": "II", "number_of_samples": 20, "baseline": 0, "value": value, "warnings": []}
    result = {"name": "zero_crossings", "version": 1, "leads": [lead]}
    return {
        "accepted_at": at,
        "content_hash": content_hash,
        "status": "computed",
        "result": json.dumps(result),
    }


@dataclass
class Found:
    """What was read after one upload that went well, to be spoilt by a test."""

    upload: Upload = field(
        default_factory=lambda: Upload("ecg-1", Sender(str(OWNER), ""), RECORDING, [accepted()])
    )
    rows: list[Row] = field(default_factory=lambda: [row()])
    uploaded: list[Any] = field(default_factory=lambda: [uploaded()])
    insights: list[Any] = field(default_factory=lambda: [insight()])
    letters: list[Any] = field(default_factory=list)
    listed: list[Place] = field(default_factory=lambda: [PLACE])

    def verdict(self) -> Verdict:
        return examine(
            {PLACE: self.upload},
            {PLACE: self.rows},
            uploaded=self.uploaded,
            insights=self.insights,
            letters=self.letters,
            listed=self.listed,
        )


def test_what_went_well_holds() -> None:
    verdict = Found().verdict()
    assert verdict.holds
    assert (verdict.accepted, verdict.stored, verdict.dead) == (1, 1, 0)


AGAIN = replace(ORIGIN, accepted_at=ACCEPTED_AT + 9)
ATTEMPTS = [Attempt(0.0, 1.0, "unknown"), accepted(ACCEPTED_AT + 9)]


def test_a_retry_that_was_accepted_twice_is_one_answer() -> None:
    found = Found(
        rows=[row(), row(at=ACCEPTED_AT + 9)],
        uploaded=[uploaded(), uploaded(AGAIN)],
        insights=[insight(), insight(AGAIN), insight()],
    )
    found.upload.attempts = ATTEMPTS
    assert found.verdict().holds


def test_a_retry_needs_no_row_of_its_own() -> None:
    found = Found(uploaded=[uploaded(), uploaded(AGAIN)], insights=[insight(), insight()])
    found.upload.attempts = ATTEMPTS
    assert found.verdict().holds


def test_an_upload_that_was_refused_is_owed_nothing() -> None:
    found = Found(rows=[], uploaded=[], insights=[], listed=[])
    found.upload.attempts = [Attempt(0.0, 1.0, "refused", 503, 5.0)]
    assert found.verdict().holds


def dead_letter() -> Any:
    sent = uploaded()
    letter = DeadLetter(sent.key, sent.value, sent.headers, "why", "ecg.uploaded.v1", 1, 1, 1)
    return SimpleNamespace(key=sent.key, value=sent.value, headers=encode_dead_letter(letter))


@pytest.mark.parametrize(
    ("spoil", "where"),
    [
        pytest.param(lambda found: found.rows.clear(), "lost", id="no row"),
        pytest.param(lambda found: found.uploaded.clear(), "lost", id="a 202 without its event"),
        pytest.param(
            lambda found: found.uploaded.__setitem__(0, uploaded(replace(ORIGIN, segments=2))),
            "lost",
            id="a 202 without its second segment",
        ),
        pytest.param(
            lambda found: found.rows.append(row(content_hash=OTHER_HASH)), "twice", id="two contents"
        ),
        pytest.param(lambda found: found.rows.append(row(at=ACCEPTED_AT + 1)), "twice", id="a row too many"),
        pytest.param(
            lambda found: found.insights.append(insight(replace(ORIGIN, content_hash=OTHER_HASH))),
            "twice",
            id="two events",
        ),
        pytest.param(lambda found: found.listed.append(PLACE), "twice", id="listed twice"),
        pytest.param(lambda found: found.rows.__setitem__(0, row(value=6)), "wrong", id="a wrong count"),
        pytest.param(lambda found: found.insights.clear(), "wrong", id="no event"),
        pytest.param(
            lambda found: found.insights.__setitem__(0, insight(replace(ORIGIN, accepted_at=5))),
            "wrong",
            id="an event unlike its row",
        ),
        pytest.param(lambda found: found.listed.clear(), "wrong", id="not listed"),
        pytest.param(lambda found: found.listed.append((PLACE[0], "ecg-2")), "wrong", id="listed, unknown"),
        pytest.param(
            lambda found: found.uploaded.append(uploaded(replace(ORIGIN, ecg_id="ecg-2"))),
            "wrong",
            id="an event of nobody",
        ),
        pytest.param(lambda found: found.letters.append(dead_letter()), "wrong", id="a good one is dead"),
    ],
)
def test_what_went_wrong_is_found(spoil: Callable[[Found], object], where: str) -> None:
    found = Found()
    spoil(found)
    verdict = found.verdict()
    assert not verdict.holds
    assert getattr(verdict, where)
