"""Rows of many ECGs: which of their writes are one."""

from collections import Counter
from uuid import UUID

from schemas.insights import InsightResult
from schemas.uploaded import Provenance
from service_kit.engines.cassandra.database import Batch, Bound
from stream_processor import ecg_rows

ANNA, BEA = UUID(int=1), UUID(int=2)
DAY = 24 * 60 * 60 * 1_000_000
NOON = 20_000 * DAY + DAY // 2


def origin(number: int, owner: UUID = ANNA, *, accepted_at: int = NOON) -> Provenance:
    return Provenance(owner, f"ecg-{number}", "0" * 64, accepted_at, NOON, "client", 3)


def written(*origins: Provenance) -> list[Bound]:
    """All rows of these ECGs."""
    result = InsightResult("zero_crossings", 1, [])
    return [
        row
        for one in origins
        for row in (
            ecg_rows.answer(one, result, "{}"),
            ecg_rows.listing(one, 1),
            ecg_rows.arrival(one, one.accepted_at),
        )
    ]


def flat(writes: list[Bound | Batch]) -> list[Bound]:
    return [row for one in writes for row in (one.statements if isinstance(one, Batch) else [one])]


def test_an_ecg_alone_is_written_row_by_row() -> None:
    statements = written(origin(1))
    assert ecg_rows.together(statements) == statements


def test_an_owners_lists_are_one_write_each() -> None:
    statements = written(*map(origin, range(5)))
    writes = ecg_rows.together(statements)
    assert Counter(len(one.statements) for one in writes if isinstance(one, Batch)) == {5: 2}
    assert sum(not isinstance(one, Batch) for one in writes) == 5
    assert Counter(flat(writes)) == Counter(statements)


def test_no_write_is_of_two_partitions() -> None:
    statements = written(
        origin(1), origin(2, BEA), origin(3), origin(4, BEA), origin(5, accepted_at=NOON + 7 * DAY)
    )
    writes = ecg_rows.together(statements)
    assert Counter(flat(writes)) == Counter(statements)
    batches = [one for one in writes if isinstance(one, Batch)]
    # The months of both, and the week of both: what came a week later is alone in its own.
    assert Counter(len(one.statements) for one in batches) == {2: 3, 3: 1}
    for one in batches:
        assert len({(statement, *values[:2]) for statement, values in one.statements}) == 1


def test_a_write_is_not_larger_than_a_hundred_rows() -> None:
    statements = written(*map(origin, range(250)))
    writes = ecg_rows.together(statements)
    assert Counter(len(one.statements) for one in writes if isinstance(one, Batch)) == {100: 4, 50: 2}
    assert Counter(flat(writes)) == Counter(statements)
