"""Weaknesses that are known of what is locked, by advisories as OSV has them."""

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from infra import advisories
from infra.advisories import ACCEPTED, Weakness, locked, unaccepted, weaknesses
from infra.engines.jars import LOCK as JARS_LOCK
from infra.sbom import PYTHON_LOCK

HELD = {("PyPI", "faust-streaming"): {"0.15.3"}, ("Maven", "netty-handler"): {"4.1.119.Final"}}


def advisory(name: str, *events: Mapping[str, str], ecosystem: str = "PyPI", **more: Any) -> dict[str, Any]:
    """One of a package."""
    affected = {
        "package": {"ecosystem": ecosystem, "name": name},
        "ranges": [{"type": "ECOSYSTEM", "events": list(events)}],
    }
    return {"id": "GHSA-1", "aliases": ["CVE-1", "PYSEC-1"], "affected": [affected]} | more


def archive(folder: Path, *told: Mapping[str, Any], name: str = "PyPI") -> Path:
    """A file of advisories."""
    path = folder / f"{name}.zip"
    with zipfile.ZipFile(path, "w") as made:
        for number, one in enumerate(told):
            made.writestr(f"{number}.json", json.dumps(one))
    return path


@pytest.mark.parametrize(
    ("events", "affected"),
    [
        ([{"introduced": "0"}], True),
        ([{"introduced": "0"}, {"fixed": "0.15.3"}], False),
        ([{"introduced": "0"}, {"fixed": "0.15.4"}], True),
        ([{"introduced": "0"}, {"fixed": "0.2"}], False),
        ([{"introduced": "0"}, {"last_affected": "0.15.3"}], True),
        ([{"introduced": "0"}, {"last_affected": "0.15.2"}], False),
        ([{"introduced": "0.16"}], False),
        ([{"fixed": "0.16"}, {"introduced": "0.15"}, {"fixed": "0.14"}, {"introduced": "0"}], True),
    ],
)
def test_a_version_is_within_what_an_advisory_is_about(
    tmp_path: Path, events: list[Mapping[str, str]], affected: bool
) -> None:
    assert bool(list(weaknesses(HELD, archive(tmp_path, advisory("Faust_Streaming", *events))))) is affected


def test_it_is_told_with_its_names_and_where_it_is_mended(tmp_path: Path) -> None:
    mended = advisory("faust.streaming", {"introduced": "0"}, {"fixed": "0.15.4"})
    (found,) = weaknesses(HELD, archive(tmp_path, mended))
    assert str(found) == "faust-streaming 0.15.3: GHSA-1/CVE-1, mended in 0.15.4"
    of_a_jar = advisory("io.netty:netty-handler", {"introduced": "4.1.0.Final"}, ecosystem="Maven")
    (found,) = weaknesses(HELD, archive(tmp_path, of_a_jar))
    assert str(found) == "netty-handler 4.1.119.Final: GHSA-1/CVE-1, not mended yet"


def test_what_is_about_others_or_was_withdrawn_is_passed_over(tmp_path: Path) -> None:
    everything = {"introduced": "0"}
    told = [
        advisory("faust", everything),
        advisory("faust-streaming", everything, ecosystem="npm"),
        advisory("faust-streaming", everything, withdrawn="2026-01-01T00:00:00Z"),
        {"id": "GHSA-2"},
    ]
    assert list(weaknesses(HELD, archive(tmp_path, *told))) == []


def test_what_is_accepted_is_not_told_and_what_is_not_there_any_more_is() -> None:
    found = [Weakness("one", "1", "GHSA-1/CVE-1", ()), Weakness("two", "2", "GHSA-2", ())]
    assert unaccepted(found, "# why\nCVE-1 nothing here reads XML\n") == ["two 2: GHSA-2, not mended yet"]
    assert unaccepted(found[1:], "GHSA-2 unused\nGHSA-1 unused\n") == [
        "GHSA-1 is accepted, and nothing has it any more"
    ]


def test_everything_that_is_locked_is_looked_up() -> None:
    held = locked(PYTHON_LOCK.read_text(), JARS_LOCK.read_text())
    assert held["PyPI", "faust-streaming"] == {"0.15.3"}
    assert {name for _, name in held} >= {"cassandra-all", "kafka_2.13"}
    # Both engines have it, each its own.
    assert len(held["Maven", "slf4j-api"]) == JARS_LOCK.read_text().count("/slf4j-api-")
    for line in ACCEPTED.read_text().splitlines():
        assert line.startswith("#") or len(line.split()) > 3, "an advisory is accepted without a reason"


def test_without_advisories_nothing_is_said_to_be_fine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["advisories", str(tmp_path)])
    with pytest.raises(SystemExit, match="no advisories of PyPI and Maven"):
        advisories.main()
    archive(tmp_path, advisory("aiokafka", {"introduced": "0"}))
    archive(tmp_path, name="Maven")
    with pytest.raises(SystemExit) as ended:
        advisories.main()
    assert ended.value.code == 1
    assert capsys.readouterr().out.startswith("aiokafka ")
