"""The filters of the replay command: which dead letters are meant. Pure."""

from dataclasses import dataclass
from uuid import UUID

from stream_processor.replay.letters import Letter


@dataclass(frozen=True, slots=True)
class Wanted:
    """Every condition that is not None must hold. `reason`: a part of it, in any case of letters.

    `since`, included, and `before`, not included: when it last died, in µs since the epoch. `topic`, `partition`,
    `offset`: where it was when it died, of several times any.
    """

    reason: str | None = None
    since: int | None = None
    before: int | None = None
    owner_id: UUID | None = None
    ecg_id: str | None = None
    topic: str | None = None
    partition: int | None = None
    offset: int | None = None

    def holds(self, letter: Letter) -> bool:
        """Whether the letter is meant."""
        origin = letter.origin
        return (
            (self.reason is None or self.reason.casefold() in letter.reason.casefold())
            and (self.since is None or self.since <= letter.time)
            and (self.before is None or letter.time < self.before)
            and (self.owner_id is None or (origin is not None and origin.owner_id == self.owner_id))
            and (self.ecg_id is None or (origin is not None and origin.ecg_id == self.ecg_id))
            and self.topic in (None, letter.topic)
            and self.partition in (None, letter.partition)
            and (self.offset is None or self.offset in letter.places)
        )
