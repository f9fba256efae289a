"""Chains whose writer is gone: what it left on disk is taken over, ended, and delivered by whoever starts next.

A writer that was told to stop closed its chain. One that was killed did not: its last block is sealed here as far as it
was written, and that it ended so is noted in the chain of whoever found it.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import msgspec

from query_api.audit.journal import BEGIN, BETWEEN, CLOSED, END, OPEN, SEALED, Journal, Spooled, lock, remove
from schemas.audit import ChainEnd, decode_block, hash_of
from schemas.cloudevents import UndecodableEventError


@dataclass(frozen=True, slots=True)
class Abandoned:
    """A chain that was taken over. `blocks`: to be delivered, in order. `end`: None where it was closed."""

    folder: Path
    held: int
    blocks: list[Spooled]
    end: ChainEnd | None

    def release(self) -> None:
        """All is delivered: remove what is left of it. Raises OSError."""
        for block in self.blocks:
            block.path.unlink(missing_ok=True)
        with suppress(FileNotFoundError):
            remove(self.folder)
        os.close(self.held)


def succeed(folder: Path, chain: UUID, began_at: int) -> tuple[Journal, list[Abandoned]]:
    """A new chain below `folder`, which tells of those that were taken over. Raises OSError, and then holds nothing."""
    with ExitStack() as held:
        journal = Journal(folder, chain)
        held.callback(journal.release)
        adopted: list[Abandoned] = []
        for one in take_over(folder):
            held.callback(os.close, one.held)
            adopted.append(one)
        journal.begin(began_at, [one.end for one in adopted if one.end is not None])
        held.pop_all()
    return journal, adopted


def take_over(folder: Path) -> Iterator[Abandoned]:
    """The chains below `folder` that no living process writes. Raises OSError."""
    for path in sorted(folder.iterdir()):
        try:
            chain = UUID(path.name)
            held = lock(path)
        except (ValueError, NotADirectoryError, FileNotFoundError, BlockingIOError):
            # Not ours, just removed by another, or in use.
            continue
        for torn in sorted(path.glob(f"*{OPEN}")):
            _seal(torn)
        blocks = [
            Spooled(block, chain, int(block.stem), block.stat().st_size)
            for block in sorted(path.glob(f"*{SEALED}"))
        ]
        if blocks:
            yield Abandoned(path, held, blocks, _end(blocks[-1]))
        else:
            with suppress(FileNotFoundError):
                remove(path)
            os.close(held)


def _end(last: Spooled) -> ChainEnd | None:
    value = last.path.read_bytes()
    try:
        closed = decode_block(value).closed
    except UndecodableEventError:
        # Told as an end all the same: whoever verifies the chain finds that it is none.
        closed = False
    return None if closed else ChainEnd(last.chain, last.sequence, hash_of(value))


def _seal(torn: Path) -> None:
    """End a block as far as it was written; one that had not begun is removed."""
    begun, found, written = torn.read_bytes().partition(BEGIN)
    if not found:
        torn.unlink()
        return
    if not written.endswith((END, CLOSED)):
        entries = written.split(BETWEEN) if written else []
        # Behind the last entry may stand a part of the end; an entry itself holds no line feed.
        last = entries.pop().partition(b"\n")[0] if entries else b""
        entries += [last] if _is_json(last) else []
        with torn.open("wb") as opened:
            opened.write(begun + BEGIN + BETWEEN.join(entries) + END)
            opened.flush()
            os.fsync(opened.fileno())
    torn.rename(torn.with_suffix(SEALED))


def _is_json(text: bytes) -> bool:
    try:
        msgspec.json.decode(text)
    except msgspec.DecodeError:
        return False
    return True
