"""What was sent, and what was answered: all that the oracle holds the system to."""

from dataclasses import dataclass, field
from typing import Literal

from faults.recordings import Recording

Answer = Literal["accepted", "refused", "unknown"]


@dataclass(frozen=True, slots=True)
class Sender:
    """A user who uploads and reads."""

    id: str
    token: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request. `began`: seconds of the monotonic clock; `seconds`: how long it took.

    `answer`: a 202, another status, or none (a timeout, a broken connection), after which nobody knows. `accepted_at`:
    RFC 3339, and `content_hash`, as the 202 said, and `location`, where it said to ask for the insights. `retry_after`:
    seconds, where the answer asked for some.
    """

    began: float
    seconds: float
    answer: Answer
    status: int | None = None
    retry_after: float | None = None
    accepted_at: str | None = None
    content_hash: str | None = None
    location: str | None = None


@dataclass(slots=True)
class Upload:
    """An ECG and every attempt to send it. `told`: why it will have no answer, where its owner heard so."""

    ecg_id: str
    sender: Sender
    recording: Recording
    attempts: list[Attempt] = field(default_factory=list)
    told: str | None = None

    @property
    def accepted(self) -> list[Attempt]:
        """The attempts that were answered with 202."""
        return [attempt for attempt in self.attempts if attempt.answer == "accepted"]


@dataclass(slots=True)
class Ledger:
    """Every upload of a run. `gone_before`: seconds of the monotonic clock; what Kafka took earlier it may not have any
    more, by the fault itself.
    """

    uploads: list[Upload] = field(default_factory=list)
    gone_before: float = 0.0

    @property
    def attempts(self) -> list[Attempt]:
        """All attempts, by their beginning."""
        return sorted(
            (attempt for upload in self.uploads for attempt in upload.attempts), key=lambda one: one.began
        )

    @property
    def accepted(self) -> list[Upload]:
        """The uploads that got a 202 at least once."""
        return [upload for upload in self.uploads if upload.accepted]

    def statuses(self) -> dict[int | None, int]:
        """How often each status was answered; None: no answer."""
        found: dict[int | None, int] = {}
        for attempt in self.attempts:
            found[attempt.status] = found.get(attempt.status, 0) + 1
        return found

    def slowest(self) -> float:
        """Seconds of the attempt that took longest."""
        return max((attempt.seconds for attempt in self.attempts), default=0.0)
