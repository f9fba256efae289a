"""In whose trail an entry is read, and that a block makes the same rows whenever it is filed."""

from pathlib import Path
from uuid import uuid4

import msgspec
import pytest

from query_api.audit.filing import IDENTITY, rows_of
from query_api.audit.journal import Journal
from schemas.audit import Action, AuditEntry
from tests.unit.query_api.audit.writing import block, entry

ANN, ADMIN = uuid4(), uuid4()


def subjects(tmp_path: Path, *entries: AuditEntry) -> set[str]:
    return {row.subject for row in rows_of(block(Journal(tmp_path, uuid4()), *entries).path.read_bytes())}


@pytest.mark.parametrize(
    ("action", "actor", "owner", "expected"),
    [
        ("ecg.read", ANN, ANN, {str(ANN)}),
        ("ecg.list", ADMIN, ANN, {str(ANN)}),
        ("audit.read", ANN, ANN, {str(ANN)}),
        ("user.read", ANN, ANN, {str(ANN)}),
        ("user.read", ADMIN, ANN, {str(ANN), IDENTITY}),
        ("user.sign_in", None, ANN, {str(ANN), IDENTITY}),
        ("user.sign_in", None, None, {IDENTITY}),
        ("key.add", None, None, {IDENTITY}),
        ("audit.identity.read", ADMIN, None, {IDENTITY}),
    ],
)
def test_who_may_read_an_entry(
    tmp_path: Path, action: Action, actor: object, owner: object, expected: set[str]
) -> None:
    told = AuditEntry("2026-11-25T12:00:00Z", action, "success", actor=actor, owner=owner)  # type: ignore[arg-type]
    assert subjects(tmp_path, told) == expected


def test_each_who_was_in_a_list_is_told_of_it_and_of_nobody_else(tmp_path: Path) -> None:
    told = AuditEntry(
        "2026-11-25T12:00:00Z", "user.list", "success", actor=ADMIN, entities=(f"user/{ANN}", f"user/{ADMIN}")
    )
    rows = rows_of(block(Journal(tmp_path, uuid4()), told).path.read_bytes())
    entities = {row.subject: msgspec.json.decode(row.entries)[0]["entities"] for row in rows}
    assert entities == {
        IDENTITY: list(told.entities),
        str(ANN): [f"user/{ANN}"],
        str(ADMIN): [f"user/{ADMIN}"],
    }


def test_the_entries_of_an_owner_are_in_rows_of_bounded_size(tmp_path: Path) -> None:
    entries = [entry(f"ecg-{number}", owner=ANN) for number in range(300)]
    value = block(Journal(tmp_path, uuid4()), *entries).path.read_bytes()
    rows = rows_of(value)
    assert rows == rows_of(value)
    assert [row.part for row in rows] == list(range(len(rows)))
    assert max(len(row.entries) for row in rows) < 20_000
    assert [one for row in rows for one in msgspec.json.decode(row.entries, type=list[AuditEntry])] == entries
    assert {row.week for row in rows} == {"2026-W48"}
