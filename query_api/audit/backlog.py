"""What of the audit trail is on disk and not yet with every engine, in bytes, and which files may go."""

from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import UUID

from query_api import metrics
from query_api.audit.abandoned import Abandoned
from query_api.audit.journal import Spooled


class Backlog:
    """Hands out each sealed block to be delivered, and remembers it until it is."""

    def __init__(self, deliver: Callable[[Spooled], None]) -> None:
        self._deliver = deliver
        self._adopted: list[Abandoned] = []
        self._undelivered: dict[Path, int] = {}
        self._done: set[Spooled] = set()
        self._newest: dict[UUID, Spooled] = {}
        self.size = 0
        """In bytes."""

    def __len__(self) -> int:
        return len(self._undelivered)

    def add(self, block: Spooled) -> None:
        """A block was sealed."""
        self._newest[block.chain] = block
        self._undelivered[block.path] = block.size
        self._resize(block.size)
        self._deliver(block)

    def adopt(self, chains: Sequence[Abandoned]) -> None:
        """Chains were taken over."""
        self._adopted += chains
        for one in chains:
            for block in one.blocks:
                self.add(block)

    def delivered(self, block: Spooled) -> None:
        """Every engine has it."""
        del self._undelivered[block.path]
        self._resize(-block.size)
        self._done.add(block)

    def removable(self) -> list[Callable[[], None]]:
        """What removes what is not needed any more; to be called beside the event loop, each once. They raise OSError.

        Of a chain that goes on the last block stays, though it is delivered: it says where the chain ends.
        """
        finished = [one for one in self._adopted if one.blocks[-1] in self._done]
        ended = {one.blocks[-1].chain for one in finished}
        self._adopted = [one for one in self._adopted if one.blocks[-1].chain not in ended]
        older = [one for one in self._done if one != self._newest[one.chain]]
        self._done = {one for one in self._done.difference(older) if one.chain not in ended}
        return [*(_removal(one.path) for one in older), *(one.release for one in finished)]

    def _resize(self, by: int) -> None:
        self.size += by
        metrics.AUDIT_SPOOL_BYTES.set(self.size)


def _removal(path: Path) -> Callable[[], None]:
    return lambda: path.unlink(missing_ok=True)
