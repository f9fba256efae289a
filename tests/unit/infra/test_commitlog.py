"""Only segments without a descriptor go."""

from pathlib import Path

from infra.engines.commitlog import drop_unbegun

BEGUN = (8).to_bytes(4) + bytes(100)


def test_what_was_begun_stays_and_what_was_only_reserved_goes(tmp_path: Path) -> None:
    segments = {"CommitLog-8-1.log": BEGUN, "CommitLog-8-2.log": bytes(200), "CommitLog-8-3.log": b""}
    for name, content in {**segments, "other.log": bytes(200)}.items():
        (tmp_path / name).write_bytes(content)
    drop_unbegun(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"CommitLog-8-1.log", "other.log"}
    assert (tmp_path / "CommitLog-8-1.log").read_bytes() == BEGUN


def test_a_node_that_never_ran_has_none(tmp_path: Path) -> None:
    drop_unbegun(tmp_path / "commitlog")
