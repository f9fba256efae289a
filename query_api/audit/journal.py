"""The chain of one writer on disk, in a folder of its own: the block that grows, and those that wait to be delivered.

What was appended outlives this process, however it ends; a sealed block outlives a power cut too. The file of a block
is its value, byte for byte. The last sealed block stays until there is a next one: it says where the chain ends.

Every function here blocks: to be called beside the event loop, one at a time.
"""

import fcntl
import hashlib
import logging
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import msgspec

from schemas.audit import NO_HASH, AuditBlock, AuditEntry, ChainEnd, is_block
from schemas.times import format_rfc3339

_log = logging.getLogger(__name__)

LOCK_FILE, OPEN, SEALED = "lock", ".open", ".json"
BEGIN, BETWEEN, END, CLOSED = b',"entries":[\n', b",\n", b"\n]}", b'\n],"closed":true}'
_FOLDER_MODE, _FILE_MODE = 0o700, 0o600

_encoder = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Spooled:
    """A sealed block on disk. `size`: in bytes."""

    path: Path
    chain: UUID
    sequence: int
    size: int

    def read(self) -> bytes:
        """Its value. Raises LostBlockError, OSError."""
        try:
            value = self.path.read_bytes()
        except FileNotFoundError:
            raise LostBlockError(self) from None
        if not is_block(value):
            put_aside(self.path)
            raise LostBlockError(self)
        return value


class LostBlockError(Exception):
    """The file of a sealed block is gone, or holds something else: who verifies the chain finds the gap."""

    def __init__(self, block: Spooled) -> None:
        super().__init__()
        self.block = block


class Journal:
    """Writes the chain `chain` below `folder`. Every method raises OSError, and may then be called again."""

    def __init__(self, folder: Path, chain: UUID) -> None:
        self.folder = folder / str(chain)
        self.chain = chain
        self.folder.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
        self._lock = lock(self.folder)
        self._file: int | None = None
        self._sequence, self._previous = 0, NO_HASH
        self._hash = hashlib.sha256()
        self._size, self._entries = 0, 0

    @property
    def size(self) -> int:
        """The bytes of the block that grows."""
        return self._size

    def begin(self, began_at: int, ended: Sequence[ChainEnd] = ()) -> None:
        """Begin the next block, unless one has begun. `began_at`: µs since the epoch."""
        if self._file is not None:
            return
        block = AuditBlock(
            self.chain, self._sequence, self._previous, format_rfc3339(began_at), ended=tuple(ended)
        )
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        self._file = os.open(self._path(OPEN), flags, _FILE_MODE)
        self._hash, self._size, self._entries = hashlib.sha256(), 0, 0
        try:
            self._write(_encoder.encode(block)[:-1] + BEGIN)
        except OSError:
            os.close(self._file)
            self._file = None
            raise

    def append(self, entries: Sequence[AuditEntry], *, max_bytes: int) -> int:
        """Add entries to the block that has begun, up to the one that reaches `max_bytes`; how many. Raising: none."""
        lines: list[bytes] = []
        size = 0
        for entry in entries:
            lines.append(_encoder.encode(entry))
            size += len(lines[-1])
            if size >= max_bytes:
                break
        joined = BETWEEN.join(lines)
        self._write(BETWEEN + joined if self._entries else joined)
        self._entries += len(lines)
        return len(lines)

    def seal(self, *, closed: bool = False) -> Spooled:
        """End the block that has begun. `closed`: and the chain."""
        assert self._file is not None
        unended = self._size, self._hash.copy()
        try:
            self._write(CLOSED if closed else END)
            sealed = Spooled(self._path(SEALED), self.chain, self._sequence, self._size)
            os.fsync(self._file)
            self._path(OPEN).rename(sealed.path)
        except OSError:
            # It goes on growing, over its end, until it can be sealed.
            self._size, self._hash = unended
            raise
        os.close(self._file)
        self._file = None
        self._sequence, self._previous = self._sequence + 1, self._hash.hexdigest()
        return sealed

    def abandon(self) -> int:
        """Give up the block that grows, where somebody removed it; how many entries went with it.

        What was sealed stays held until this process ends.
        """
        gone = 0 if self._file is None else self._entries
        if self._file is not None:
            os.close(self._file)
            self._file = None
        return gone

    def release(self, *, delivered: bool = False) -> None:
        """Leave the folder to whoever comes next. `delivered`: its blocks are, so that all of it may go."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
        elif delivered:
            for block in self.folder.glob(f"*{SEALED}"):
                block.unlink()
        remove(self.folder)
        os.close(self._lock)

    def _path(self, suffix: str) -> Path:
        return self.folder / f"{self._sequence:012d}{suffix}"

    def _write(self, piece: bytes) -> None:
        assert self._file is not None
        try:
            written = os.pwrite(self._file, piece, self._size)
            if written < len(piece):
                raise OSError("the disk took a part")
        except OSError:
            with suppress(OSError):
                os.ftruncate(self._file, self._size)
            raise
        self._hash.update(piece)
        self._size += len(piece)


def lock(folder: Path) -> int:
    """Hold the folder for this process, by a descriptor to be closed. Raises BlockingIOError where another does."""
    descriptor = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT, _FILE_MODE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def put_aside(path: Path) -> None:
    """Keep a file that holds no block for whoever looks into it: nothing here reads it again."""
    _log.error(
        "a file of the audit trail holds no block", extra={"chain": path.parent.name, "file": path.name}
    )
    path.rename(path.with_suffix(".unreadable"))


def remove(folder: Path) -> None:
    """Remove a folder that holds no block any more; any other stays."""
    if not any(path.name != LOCK_FILE for path in folder.iterdir()):
        (folder / LOCK_FILE).unlink()
        folder.rmdir()
