"""What every format is read to."""

from collections.abc import Callable
from dataclasses import dataclass

from schemas.ecg import Ecg

Body = bytes | bytearray


@dataclass(frozen=True, slots=True)
class DecodedUpload:
    """A decoded upload. `id`: as its sender gave it, if at all."""

    id: str | None
    ecg: Ecg


Decode = Callable[[Body], DecodedUpload]
