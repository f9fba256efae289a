"""``ecg.dead_letters.v1``: an event that can never succeed, as it came, and why.

Key, value and headers are the original's, byte for byte; what happened to it stands in ``dl_*`` headers beside
them. It is put back on its topic without those, and with its position: its order is still that of its acceptance.
"""

from dataclasses import dataclass

from schemas.cloudevents import Headers, Record
from schemas.uploaded import POSITION_HEADER

_PREFIX = "dl_"
# Kafka takes header values of any length; a reason is one sentence.
_MAX_REASON_CHARACTERS = 500


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A dead letter. `time`: when it was given up, in µs since the epoch. `reason` never holds a sample.

    `position`: where it first stood in the order of uploads, however often it was put back; None where an earlier
    version did not write that down.
    """

    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]
    reason: str
    topic: str
    partition: int
    offset: int
    time: int
    position: int | None = None


def encode_dead_letter(letter: DeadLetter) -> list[tuple[str, bytes]]:
    """The headers of a dead letter; its key and value go to Kafka as they are."""
    kept = [(name, value) for name, value in letter.headers if not name.startswith(_PREFIX)]
    why = {
        "reason": letter.reason[:_MAX_REASON_CHARACTERS],
        "topic": letter.topic,
        "partition": letter.partition,
        "offset": letter.offset,
        "time": letter.time,
        "position": letter.position,
    }
    return kept + [(_PREFIX + name, str(value).encode()) for name, value in why.items() if value is not None]


def decode_dead_letter(key: bytes | None, value: bytes | None, received: Headers) -> DeadLetter:
    """The dead letter of a Kafka record. Raises ValueError when it does not say why it is one."""
    why = {
        # Kafka knows headers without a value, whatever its clients' types say.
        name.removeprefix(_PREFIX): (text or b"").decode(errors="replace")
        for name, text in received
        if name.startswith(_PREFIX)
    }
    try:
        return DeadLetter(
            key=key,
            value=value,
            headers=[(name, text) for name, text in received if not name.startswith(_PREFIX)],
            reason=why["reason"],
            topic=why["topic"],
            partition=int(why["partition"]),
            offset=int(why["offset"]),
            time=int(why["time"]),
            position=int(why["position"]) if "position" in why else None,
        )
    except KeyError as missing:
        raise ValueError(f"header {_PREFIX}{missing.args[0]} is missing") from None


def original_headers(letter: DeadLetter) -> list[tuple[str, bytes]]:
    """The headers that the event first came with, however often it was put back."""
    return [(name, text) for name, text in letter.headers if name != POSITION_HEADER]


def restored(letter: DeadLetter) -> Record:
    """The event as it goes back on its topic: the original, and where it first stood."""
    place = [] if letter.position is None else [(POSITION_HEADER, str(letter.position).encode())]
    return Record(letter.key, letter.value, original_headers(letter) + place)
