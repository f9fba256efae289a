"""The tables in docs/ are those of the code and of the tests."""

from pathlib import Path

import pytest

from docs.tables import __main__ as tables
from harness.bad_input import GROUPS
from schemas.problems import PROBLEMS


@pytest.mark.parametrize("name", tables.rendered())
def test_the_committed_tables_are_those_of_this_code(name: str) -> None:
    page = (tables.FOLDER / name).read_text(encoding="utf-8")
    assert page == tables.replaced(page, tables.rendered()[name]), "run python -m docs.tables"


def test_the_check_fails_on_drift_and_writing_mends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, found in tables.rendered().items():
        empty = "".join(f"<!-- table: {one} -->\n<!-- end of table -->\n" for one in found)
        (tmp_path / name).write_text(empty)
    monkeypatch.setattr(tables, "FOLDER", tmp_path)
    monkeypatch.setattr("sys.argv", ["tables", "--check"])
    assert tables.main() == 1
    assert "docs.tables" in capsys.readouterr().err
    monkeypatch.setattr("sys.argv", ["tables"])
    assert tables.main() == 0
    monkeypatch.setattr("sys.argv", ["tables", "--check"])
    assert tables.main() == 0


def test_a_page_without_a_place_for_a_table_is_refused() -> None:
    with pytest.raises(ValueError, match="0 places"):
        tables.replaced("", {"limits": ""})


@pytest.mark.parametrize("title", GROUPS)
def test_every_case_has_a_name_of_its_own_and_a_known_type(title: str) -> None:
    cases = GROUPS[title]
    assert len({case.name for case in cases}) == len(cases)
    known = {(problem.status, problem.name) for problem in PROBLEMS}
    assert {(case.status, case.problem) for case in cases if case.problem} <= known
    assert all(case.problem or case.status < 400 for case in cases)
