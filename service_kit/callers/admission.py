"""Bounds what is under way at once, and for whom: so that neither memory nor waiting grows with what is sent.

Requests and the bytes of their bodies are bounded, and shared by the rule of `service_kit.callers.shares`.
"""

from dataclasses import dataclass
from types import TracebackType
from typing import Self
from uuid import UUID

from service_kit import metrics
from service_kit.callers.shares import judge


@dataclass(slots=True)
class _Use:
    """What is under way for one owner."""

    requests: int = 0
    held_bytes: int = 0


class Admission:
    """At most `max_requests` at once, and `max_bytes` in memory for them."""

    def __init__(self, *, max_requests: int, max_bytes: int) -> None:
        self._free_requests = max_requests
        self._free_bytes = max_bytes
        self._uses: dict[UUID, _Use] = {}
        metrics.BYTES_IN_FLIGHT.set_function(lambda: max_bytes - self._free_bytes)

    def place(self, owner_id: UUID) -> "Place":
        """A place for one request of this owner, to be entered before its body is read."""
        return Place(self, owner_id)

    def take(self, owner_id: UUID) -> _Use:
        """Count one more request of an owner, or raise as `Place` says."""
        use = self._uses.get(owner_id) or _Use()
        judge(use.requests + 1, self._free_requests - 1, "requests", alone=not use.requests)
        self._free_requests -= 1
        use.requests += 1
        self._uses[owner_id] = use
        return use

    def change(self, use: _Use, held: int, wanted: int) -> None:
        """Let a request that holds `held` bytes hold `wanted`, or raise as `Place` says."""
        more = wanted - held
        if more > 0:
            own, free = use.held_bytes + more, self._free_bytes - more
            judge(own, free, "bytes", alone=use.held_bytes == held)
        self._free_bytes -= more
        use.held_bytes += more

    def give_back(self, owner_id: UUID, use: _Use, held: int) -> None:
        """Uncount a request that holds `held` bytes."""
        self.change(use, held, 0)
        self._free_requests += 1
        use.requests -= 1
        if not use.requests:
            del self._uses[owner_id]


class Place:
    """A request's place among the others while it is entered, and the bytes that it holds there.

    Entering and holding raise UnavailableError where it is too much for this process, and TooManyRequestsError where
    it is too much for this owner. An owner's only request may hold whatever is free.
    """

    def __init__(self, admission: Admission, owner_id: UUID) -> None:
        self._admission = admission
        self._owner_id = owner_id
        self._held = 0

    def __enter__(self) -> Self:
        self._use = self._admission.take(self._owner_id)
        return self

    @property
    def held(self) -> int:
        """How many bytes it holds."""
        return self._held

    def hold(self, wanted: int) -> None:
        """Hold so many bytes from now on, instead of those held before."""
        self._admission.change(self._use, self._held, wanted)
        self._held = wanted

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._admission.give_back(self._owner_id, self._use, self._held)
