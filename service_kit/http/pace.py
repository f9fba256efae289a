"""How slowly a body may come: a least rate and a generous ceiling, so that a slow link succeeds and a dawdler ends."""

from dataclasses import dataclass
from typing import Self

from service_kit.settings import ServiceSettings

# A network may be gone for a while, between two cells of a telephone.
STALL_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Pace:
    """At least `bytes_per_second` on average after `stall_seconds`, and at most `most_seconds` for all of it."""

    bytes_per_second: float
    most_seconds: float
    stall_seconds: float = STALL_SECONDS

    @classmethod
    def of(cls, settings: ServiceSettings) -> Self:
        """As the service is told."""
        return cls(settings.body_bytes_per_second, settings.body_seconds)

    def seconds(self, size: int) -> float:
        """How long after its begin a body is waited for, of which `size` bytes have come."""
        return min(self.stall_seconds + size / self.bytes_per_second, self.most_seconds)

    @property
    def missed(self) -> str:
        """What somebody is told whose body came more slowly."""
        return (
            f"the body came at less than {self.bytes_per_second:g} bytes a second, "
            f"or was not there after {self.most_seconds:g} seconds"
        )
