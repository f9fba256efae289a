"""A digest of the last event before an offset, committed beside it: by it a log that was changed is noticed.

An offset alone says nothing of the log that it was counted in. The topic may have been made again, or its log cut and
grown beyond the offset: what then lies before it is another event, or nothing.
"""

import hashlib
from dataclasses import dataclass

import msgspec

from stream_processor.outcomes import Received

# Of two different events nobody finds equal ones by chance; nobody gains anything by looking for them.
_DIGEST_BYTES = 12


@dataclass(frozen=True, slots=True)
class Mark:
    """Everything before `next_offset` is finished. `time_ms`, `digest`: of the last event before it; an empty digest
    where none is known.
    """

    next_offset: int
    time_ms: int = 0
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Commit:
    """What the group remembers of a partition. `topic_id`: empty where whoever committed did not say."""

    topic_id: str
    mark: Mark


def mark_after(event: Received) -> Mark:
    """The mark behind an event. Its headers name its owner, its ECG, its content and when it was accepted."""
    digest = hashlib.blake2b(event.key or b"", digest_size=_DIGEST_BYTES)
    for name, value in event.headers:
        digest.update(name.encode())
        digest.update(b"-" if value is None else b"=" + value)
    return Mark(event.offset + 1, event.time_ms, digest.hexdigest())


def to_metadata(topic_id: str, mark: Mark) -> str:
    """What is committed beside the offset."""
    return msgspec.json.encode([topic_id, mark.time_ms, mark.digest]).decode()


def from_commit(next_offset: int, metadata: str) -> Commit:
    """What was committed, by this version, an earlier one or an operator's tool."""
    try:
        topic_id, time_ms, digest = msgspec.json.decode(metadata, type=tuple[str, int, str])
    except msgspec.MsgspecError:
        return Commit("", Mark(next_offset))
    return Commit(topic_id, Mark(next_offset, time_ms, digest))
