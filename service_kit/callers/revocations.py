"""What was revoked, in memory: asked at every request, whether its token was seen before or not.

Filled from ``ecg.identity.v1`` by each service. What ends nothing that could still be good is forgotten.
"""

import time
from uuid import UUID

from schemas.claims import Claims
from schemas.identity import DeviceRevoked, Revocation, SessionEnded, UserChanged, UserState

# Once so many more were learned than were left when it was looked at last, what is over is forgotten.
_LOOK_AFTER = 1_000


class Revocations:
    """Devices, sessions and users whose tokens hold no longer. `complete`: whether all that is known elsewhere has been
    learned; until then nobody can be told that their token is good.
    """

    def __init__(self) -> None:
        self.complete = True
        self._devices: dict[UUID, int] = {}
        self._sessions: dict[UUID, int] = {}
        self._users: dict[UUID, UserState] = {}
        self._look_at = _LOOK_AFTER

    def __len__(self) -> int:
        return len(self._devices) + len(self._sessions) + len(self._users)

    def learn(self, revocation: Revocation) -> None:
        """Hold to this from now on; of what a user's records say, to the latest."""
        match revocation:
            case DeviceRevoked(device_id, value):
                self._devices[device_id] = max(value.until, self._devices.get(device_id, 0))
            case SessionEnded(session_id, value):
                self._sessions[session_id] = max(value.until, self._sessions.get(session_id, 0))
            case UserChanged(user_id, state):
                known = self._users.get(user_id)
                if known is None or known.changed_at < state.changed_at:
                    self._users[user_id] = state
        if len(self) > self._look_at:
            self._forget(time.time())

    def end(self, claims: Claims) -> bool:
        """Whether something that was revoked ends a token of these claims."""
        if claims.device_id is not None:
            if claims.device_id in self._devices:
                return True
        elif claims.session_id in self._sessions:
            return True
        state = self._users.get(claims.user_id)
        if state is None:
            return False
        return not state.active or (claims.device_id is None and claims.issued_at < state.tokens_from)

    def _forget(self, now: float) -> None:
        for ended in (self._devices, self._sessions):
            for one in [one for one, until in ended.items() if until < now]:
                del ended[one]
        self._look_at = 2 * len(self) + _LOOK_AFTER
