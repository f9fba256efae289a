"""Whatever step a process is killed at: what it had on disk is delivered by the next, and the chains are sound."""

import itertools
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from query_api.audit.abandoned import succeed
from query_api.audit.chains import Chains, Place
from query_api.audit.journal import Journal
from query_api.audit.sealing import Seal
from schemas.audit import decode_block
from tests.unit.query_api.audit.writing import AT_ONCE, NOON, entry, sealed

# What changes the disk, or makes a change last.
STEPS: list[tuple[object, str]] = [(os, name) for name in ("open", "pwrite", "fsync", "ftruncate", "close")]
STEPS += [(Path, name) for name in ("mkdir", "rename", "unlink", "rmdir")]


class Killed(BaseException):
    """The process ends here."""


@contextmanager
def killed_at(step: int) -> Iterator[list[int]]:
    """In the block the process is killed at this step, and closes what it had open; gets the steps that were taken."""
    taken: list[int] = []
    descriptors: list[int] = []

    def counted(real: Callable[..., Any]) -> Callable[..., Any]:
        def run(*given: Any, **named: Any) -> Any:
            taken.append(len(taken))
            if len(taken) > step:
                raise Killed
            result = real(*given, **named)
            if real is os_open:
                descriptors.append(result)
            elif real is os_close:
                descriptors.remove(given[0])
            return result

        return run

    os_open, os_close = os.open, os.close
    with pytest.MonkeyPatch.context() as patched:
        for owner, name in STEPS:
            patched.setattr(owner, name, counted(getattr(owner, name)))
        with suppress(Killed):
            yield taken
    if len(taken) > step:
        for descriptor in descriptors:
            os.close(descriptor)


def write(journal: Journal, kept: list[str]) -> None:
    """Two blocks and the end of the chain; `kept` gets what has been appended."""
    for names in (["a", "b"], ["c"], []):
        journal.begin(NOON)
        for name in names:
            journal.append([entry(name)], max_bytes=AT_ONCE)
            kept.append(f"ecg/{name}")
        journal.seal(closed=not names)


def test_a_kill_at_any_step_loses_nothing_that_was_on_disk(tmp_path: Path) -> None:
    seal = Seal(tmp_path / "keys")
    for step in itertools.count():
        folder = tmp_path / f"audit-{step}"
        journal, kept = Journal(folder, uuid4()), list[str]()
        with killed_at(step) as taken:
            write(journal, kept)
        os.close(journal._lock)
        following, adopted = succeed(folder, uuid4(), NOON)
        following.seal(closed=True)
        values = [block.read() for one in adopted for block in one.blocks]
        values += [path.read_bytes() for path in following.folder.glob("*.json")]
        chains = Chains({seal.public})
        for offset, value in enumerate(values):
            chains.take(sealed(seal, value), Place(0, offset), 0.0)
        assert [one for one in chains.end((), 0.0) if one.broken] == []
        found = [one.entities[0] for value in values for one in decode_block(value).entries]
        assert found[: len(kept)] == kept
        if len(taken) <= step:
            assert step > 10
            return


def test_a_kill_while_what_was_left_is_taken_over_loses_nothing(tmp_path: Path) -> None:
    for step in itertools.count():
        folder = tmp_path / f"audit-{step}"
        journal = Journal(folder, uuid4())
        journal.begin(NOON)
        journal.append([entry("a"), entry("b")], max_bytes=AT_ONCE)
        (path,) = folder.rglob("*.open")
        with path.open("ab") as torn:
            torn.write(b',\n{"time":')
        os.close(journal._lock)
        with killed_at(step) as taken:
            succeed(folder, uuid4(), NOON)
        if len(taken) <= step:
            assert step > 3
            return
        _, adopted = succeed(folder, uuid4(), NOON)
        found = [
            one for chain in adopted for block in chain.blocks for one in decode_block(block.read()).entries
        ]
        assert [one.entities[0] for one in found] == ["ecg/a", "ecg/b"]
