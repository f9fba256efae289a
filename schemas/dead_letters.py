"""``ecg.dead_letters.v1``: an event that can never succeed, as it came, and why.

Key, value and headers are the original's, byte for byte; what happened to it stands in ``dl_*`` headers beside
them, so that it can be put back on its topic by dropping those.
"""

from dataclasses import dataclass
from typing import Literal

from schemas.cloudevents import Headers

_PREFIX = "dl_"
# Kafka takes header values of any length; a reason is one sentence.
_MAX_REASON_CHARACTERS = 500

Stage = Literal["decode", "process"]


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A dead letter. `time`: when it was given up, in µs since the epoch. `reason` never holds a sample."""

    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]
    reason: str
    stage: Stage
    topic: str
    partition: int
    offset: int
    time: int


def encode_dead_letter(letter: DeadLetter) -> list[tuple[str, bytes]]:
    """The headers of a dead letter; its key and value go to Kafka as they are."""
    kept = [(name, value) for name, value in letter.headers if not name.startswith(_PREFIX)]
    why = {
        "reason": letter.reason[:_MAX_REASON_CHARACTERS],
        "stage": letter.stage,
        "topic": letter.topic,
        "partition": letter.partition,
        "offset": letter.offset,
        "time": letter.time,
    }
    return kept + [(_PREFIX + name, str(value).encode()) for name, value in why.items()]


def decode_dead_letter(key: bytes | None, value: bytes | None, received: Headers) -> DeadLetter:
    """The dead letter of a Kafka record. Raises ValueError when it does not say why it is one."""
    why = {
        # Kafka knows headers without a value, whatever its clients' types say.
        name.removeprefix(_PREFIX): (text or b"").decode(errors="replace")
        for name, text in received
        if name.startswith(_PREFIX)
    }
    stage: Stage = "decode" if why.get("stage") == "decode" else "process"
    try:
        return DeadLetter(
            key=key,
            value=value,
            headers=[(name, text) for name, text in received if not name.startswith(_PREFIX)],
            reason=why["reason"],
            stage=stage,
            topic=why["topic"],
            partition=int(why["partition"]),
            offset=int(why["offset"]),
            time=int(why["time"]),
        )
    except KeyError as missing:
        raise ValueError(f"header {_PREFIX}{missing.args[0]} is missing") from None
