"""Chains as a writer leaves them, without an engine."""

from pathlib import Path
from uuid import UUID, uuid4

from query_api.audit.journal import Journal, Spooled
from query_api.audit.sealing import Seal
from schemas.audit import AuditEntry, ChainEnd, Sealed, decode_block

NOON = 1_795_608_000_000_000
AT_ONCE = 100_000


def entry(ecg_id: str = "ecg-1", owner: UUID | None = None) -> AuditEntry:
    """A read of an ECG."""
    owner = owner or uuid4()
    return AuditEntry(
        "2026-11-25T12:00:00Z", "ecg.read", "success", actor=owner, owner=owner, entities=(f"ecg/{ecg_id}",)
    )


def block(
    journal: Journal, *entries: AuditEntry, ended: tuple[ChainEnd, ...] = (), closed: bool = False
) -> Spooled:
    """The next block of a chain, sealed."""
    journal.begin(NOON, ended)
    if entries:
        journal.append(entries, max_bytes=AT_ONCE)
    return journal.seal(closed=closed)


def sealed(seal: Seal, value: bytes) -> Sealed:
    """A block with its seal, as it is read from Kafka."""
    return Sealed(value, decode_block(value), seal.sign(value), seal.public)


def chain(folder: Path, seal: Seal, blocks: int, *, closed: bool = False) -> list[Sealed]:
    """A chain of so many blocks, as they are published."""
    journal = Journal(folder, uuid4())
    paths = [
        block(journal, entry(f"ecg-{number}"), closed=closed and number == blocks - 1).path
        for number in range(blocks)
    ]
    found = [sealed(seal, path.read_bytes()) for path in paths]
    journal.release(delivered=True)
    return found
