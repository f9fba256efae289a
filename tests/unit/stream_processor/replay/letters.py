"""Dead letters as the processor writes them, for the tests of what is made of them."""

from dataclasses import replace
from uuid import UUID

import numpy as np

from schemas.dead_letters import DeadLetter, encode_dead_letter
from schemas.ecg import Lead
from schemas.topics import UPLOADED
from schemas.uploaded import Provenance, Uploaded, encode_uploaded
from stream_processor.replay.letters import Letter, letter_of

OWNER = UUID("8d2c8fb2-6f3f-4c5c-8a53-2f4a1b6f0c11")
ORIGIN = Provenance(OWNER, "ecg-17", "ab" * 32, 1_795_422_600_000_000, 1_795_422_000_000_000, "client", 3)
_GOOD = encode_uploaded(Uploaded(ORIGIN, (Lead("I", np.array([418, -419, 418], dtype=np.int16)),)))


def dead(**changes: object) -> DeadLetter:
    """A good event that an earlier version did not understand."""
    why = DeadLetter(
        key=_GOOD.key,
        value=_GOOD.value,
        headers=_GOOD.headers,
        reason="no such version",
        topic=UPLOADED.name,
        partition=3,
        offset=41,
        time=1_800_000_000_000_000,
    )
    return replace(why, **changes)  # type: ignore[arg-type]


def letter(at: tuple[int, int] = (3, 0), **changes: object) -> Letter:
    """What is told of it."""
    record = dead(**changes)
    found = letter_of(record.key, record.value, encode_dead_letter(record), at)
    assert found is not None
    return found
