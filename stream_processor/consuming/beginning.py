"""At which offset to begin to read a partition: decided from the commit, the stored progress and the log. Pure.

What is remembered may be of another log: of a topic of the same name that was deleted, or of this one before it was
cut (a power cut, an unclean election, a backup that was put back). What lies in the log is then worked through from its
beginning; to do so again what was done before changes nothing. The store may remember less than the group: its tables
were emptied, or put back from a backup. And what is next may have grown too old, and be gone.
"""

from dataclasses import dataclass
from enum import Enum

from stream_processor.marks import Commit, Mark


class Finding(Enum):
    """What was found where a partition was taken up."""

    GOES_ON = "goes_on"
    MADE_AGAIN = "made_again"
    """The topic was deleted and made again."""
    CUT = "cut"
    """The log does not hold what was read from it."""
    STORE_BEHIND = "store_behind"
    """The store remembers less than the group does."""


@dataclass(frozen=True, slots=True)
class Extent:
    """A partition's log as it is: its first offset, the one after its last event, and the mark behind the event before
    a wanted offset, None where it is not there to be read.
    """

    first: int
    end: int
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class Beginning:
    """Reading begins behind `mark`. `expired`: the offsets that were never read and are gone."""

    finding: Finding
    mark: Mark
    expired: range = range(0)


def beginning(topic_id: str, extent: Extent, commit: Commit | None, progress: int | None) -> Beginning:
    """Where to begin. `progress`: what the store remembers of this very topic. `extent.mark`: that of the commit."""
    done = progress or 0
    if commit is not None and commit.topic_id not in ("", topic_id):
        return Beginning(Finding.MADE_AGAIN, Mark(extent.first), range(done, extent.first))
    committed = Mark(0) if commit is None else commit.mark
    if _is_cut(extent, committed, done):
        return Beginning(Finding.CUT, Mark(extent.first))
    expired = range(max(done, committed.next_offset), extent.first)
    if done < committed.next_offset:
        return Beginning(Finding.STORE_BEHIND, Mark(max(done, extent.first)), expired)
    if committed.next_offset < extent.first:
        return Beginning(Finding.GOES_ON, Mark(extent.first, committed.time_ms), expired)
    return Beginning(Finding.GOES_ON, committed)


def _is_cut(extent: Extent, committed: Mark, done: int) -> bool:
    if max(committed.next_offset, done) > extent.end:
        return True
    if not committed.digest or committed.next_offset <= extent.first:
        return False
    return extent.mark is None or (extent.mark.time_ms, extent.mark.digest) != (
        committed.time_ms,
        committed.digest,
    )
