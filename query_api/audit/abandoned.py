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

from query_api.audit.journal import (
    BEGIN,
    BETWEEN,
    END,
    OPEN,
    SEALED,
    Journal,
    Spooled,
    lock,
    put_aside,
    remove,
)
from schemas.audit import ChainEnd, decode_block, hash_of, is_block
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
        try:
            found = _left(path, chain, held)
        except BaseException:
            os.close(held)
            raise
        if found is not None:
            yield found
            continue
        with suppress(FileNotFoundError):
            remove(path)
        os.close(held)


def _left(folder: Path, chain: UUID, held: int) -> Abandoned | None:
    for torn in sorted(folder.glob(f"*{OPEN}")):
        _seal(torn)
    blocks = [
        Spooled(block, chain, int(block.stem), block.stat().st_size)
        for block in sorted(folder.glob(f"*{SEALED}"))
    ]
    return Abandoned(folder, held, blocks, _end(blocks[-1])) if blocks else None


def _end(last: Spooled) -> ChainEnd | None:
    value = last.path.read_bytes()
    try:
        closed = decode_block(value).closed
    except UndecodableEventError:
        # Told as an end all the same: whoever verifies the chain finds that it is none.
        closed = False
    return None if closed else ChainEnd(last.chain, last.sequence, hash_of(value))


def _seal(torn: Path) -> None:
    """End a block as far as it was written; one that had not begun is removed, one without a head put aside."""
    value = torn.read_bytes()
    begun, found, written = value.partition(BEGIN)
    if not found:
        torn.unlink()
    elif is_block(value):
        torn.rename(torn.with_suffix(SEALED))
    elif is_block((whole := begun + BEGIN + BETWEEN.join(_whole(written))) + END):
        with torn.open("r+b") as opened:
            # Never less of it than is whole: this process may be killed as well.
            opened.truncate(len(whole))
            opened.seek(len(whole))
            opened.write(END)
            opened.flush()
            os.fsync(opened.fileno())
        torn.rename(torn.with_suffix(SEALED))
    else:
        put_aside(torn)


def _whole(written: bytes) -> Iterator[bytes]:
    """The entries before the first that was not written to its end, or not at all, as a power cut leaves it."""
    for line in written.split(BETWEEN):
        # Behind the last may stand a part of the block's end; an entry itself holds no line feed.
        entry = line.partition(b"\n")[0]
        try:
            msgspec.json.decode(entry)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return
        yield entry
