"""Which contents of which ECGs this worker has answered lately, so that a device's retries leave no rows behind them.

A content that was sent again is a retry: its answer is there, and the same in every way. A row of each retry would have
to be looked through by every reader of the ECG, and a storm of retries would hide a conflict among thousands.

This saves rows and promises nothing: what is forgotten is answered again, by the same insight events and by rows that
readers pass over. It must be forgotten where what was stored may be gone or may have been written by others: when
partitions change hands, when tables do, and with an erasure.
"""

import time
from collections import OrderedDict
from collections.abc import Iterable
from uuid import UUID

from schemas.uploaded import Provenance

# About 400 bytes each; a device tries again soon or not at all.
_MOST = 20_000
# So long a store that has lost rows unnoticed would not get them again from whoever sends again.
_SECONDS = 600.0

Content = tuple[UUID, str, str, UUID | None]


class RecentAnswers:
    """Contents of which every row and insight event is durable, and where the first of them stood."""

    def __init__(self) -> None:
        self._known: OrderedDict[Content, tuple[int, float]] = OrderedDict()

    def is_repeated(self, origin: Provenance) -> bool:
        """Whether this is a retry of what was answered. The very event that was answered is none: when it is worked
        through again, there is a reason to.
        """
        known = self._known.get(_content(origin))
        if known is None:
            return False
        position, at = known
        return position < origin.position and time.monotonic() - at < _SECONDS

    def remember(self, origins: Iterable[Provenance]) -> None:
        """These are answered, durably, now."""
        now = time.monotonic()
        for origin in origins:
            self._known[_content(origin)] = origin.position, now
            self._known.move_to_end(_content(origin))
        while len(self._known) > _MOST:
            self._known.popitem(last=False)

    def forget(self) -> None:
        """What was stored may not be there any longer."""
        self._known.clear()


def _content(origin: Provenance) -> Content:
    # Of another device it is no retry: each is told of what it sent itself.
    return origin.owner_id, origin.ecg_id, origin.content_hash, origin.device_id
