"""How an ECG's answers read."""

from typing import Any

import msgspec
import pytest

from query_api.ecgs.answers import ecg_answer, insights_answer, status_answer
from query_api.ecgs.choosing import UploadStatus, chosen
from tests.unit.query_api.ecgs.rows import LATE, RESULT, row


def test_what_will_have_no_answer_is_rejected_and_what_is_pending_accepted() -> None:
    lost = status_answer("e", [], UploadStatus("aa", "rejected", "lost"))
    assert (lost.status, lost.reason) == ("rejected", "lost")
    assert status_answer("e", [], UploadStatus("aa", "accepted")).status == "accepted"


def test_all_insights_of_the_answer_are_told_in_order() -> None:
    rows = [
        row(),
        row(version=2),
        row(insight="rhythm"),
        row(content_hash="bb", position=2, accepted_at=LATE),
    ]

    assert chosen(rows) == rows[:3]


def test_insights_read_as_the_design_has_it() -> None:
    told = msgspec.json.decode(msgspec.json.encode(insights_answer("ecg-17", [row()])))

    assert told == {
        "id": "ecg-17",
        "date": "2026-11-18T11:06:40Z",
        "date_source": "client",
        "accepted_at": "2026-11-18T11:06:40Z",
        "status": "computed",
        "device_id": None,
        "insights": [msgspec.json.decode(RESULT)],
    }


@pytest.mark.parametrize("view", [insights_answer, status_answer, ecg_answer])
def test_an_accepted_ecg_has_the_same_shape_without_values(view: Any) -> None:
    accepted = msgspec.json.decode(msgspec.json.encode(view("e", [])))
    computed = msgspec.json.decode(msgspec.json.encode(view("e", [row()])))

    assert accepted.keys() == computed.keys()
    assert accepted["status"] == "accepted"
    assert accepted["accepted_at"] is None
    assert accepted.get("insights", []) == []


def test_a_status_holds_no_values() -> None:
    assert "insights" not in msgspec.to_builtins(status_answer("e", [row()]))
