"""How far each user is ahead of an even pace: who takes more than a share for now has used up what comes after it.

Source: the generic cell rate algorithm (ITU-T I.371), which keeps one instant of each user and no list of requests.
"""

import time
from collections.abc import Callable
from uuid import UUID

# Users who were ahead a moment ago; those who are no longer are forgotten when there are more.
_REMEMBERED_USERS = 10_000


class EvenPace:
    """Counts, in the memory of one process, by a steady clock."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        # Until when what a user has had would have lasted at the even pace.
        self._lasts_until: dict[UUID, float] = {}
        self._forget_beyond = _REMEMBERED_USERS

    def ahead(self, user_id: UUID) -> float:
        """The seconds that what a user has had lasts from now on."""
        return max(self._lasts_until.get(user_id, 0.0) - self._clock(), 0.0)

    def add(self, user_id: UUID, seconds: float) -> None:
        """Count what lasts so long."""
        now = self._clock()
        self._lasts_until[user_id] = max(now, self._lasts_until.get(user_id, now)) + seconds
        if len(self._lasts_until) > self._forget_beyond:
            self._lasts_until = {user: until for user, until in self._lasts_until.items() if until > now}
            self._forget_beyond = max(_REMEMBERED_USERS, 2 * len(self._lasts_until))

    def __len__(self) -> int:
        """How many users are remembered."""
        return len(self._lasts_until)
